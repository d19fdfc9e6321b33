import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createSyntheticClip } from '../../../src/clips/synthetic/synthetic-clip.js';
import { syntheticDefaults } from '../../../src/clips/synthetic/defaults.js';
import type { Sample } from '../../../src/datasets/sample.js';
import { loadMemoryNetwork, untrainedMemoryNetwork } from '../../../src/methods/stm/load-memory-network.js';
import { initialMemoryWeights } from '../../../src/networks/memory/initial-weights.js';
import type { MemoryArchitecture } from '../../../src/networks/memory/memory-architecture.js';
import { toInput } from '../../../src/networks/input.js';
import { createRandom } from '../../../src/random.js';
import { writeSafetensors } from '../../../src/weights/safetensors.js';
import { torchvisionInput } from '../../../src/weights/trunk-inputs.js';
import { startOrSkip } from '../../engine/kernels/engines.js';
import { writeRandomTrunk } from '../../end-to-end/random-trunk.js';

const stm: MemoryArchitecture = { trunk: 'resnet18', keys: 'masked' };

function pictures(): Sample[] {
  const clip = createSyntheticClip({ ...syntheticDefaults, width: 64, height: 48, frames: 3 });
  return [0, 1, 2].map((i) => ({ ...clip.frame(i), labels: clip.labels(i).data }));
}

describe('methods/stm/load-memory-network', function () {
  this.timeout(60_000);
  let folder: string;
  let trunk: string;
  const file = (name: string) => path.join(folder, name);

  before(async function () {
    await startOrSkip(this, 'wasm');
    folder = await mkdtemp(path.join(tmpdir(), 'osvos-memory-'));
    trunk = file('trunk.safetensors');
    await writeRandomTrunk(trunk, 'resnet18');
    const weights = initialMemoryWeights(stm, new Map(), createRandom(1));
    await writeSafetensors(file('stm.safetensors'), weights, { architecture: 'stm-resnet18' });
    await writeSafetensors(file('unsaid.safetensors'), weights, {});
    await writeSafetensors(file('large.safetensors'), new Map(), { architecture: 'stm-resnet50' });
    await writeSafetensors(file('stcn.safetensors'), new Map(), { architecture: 'stcn-resnet18' });
    await writeSafetensors(file('empty.safetensors'), new Map(), { architecture: 'stm-resnet18' });
  });

  const failureOf = (work: Promise<unknown>) => work.then(() => undefined, (error: unknown) => error); // prettier-ignore

  it('loads a network whose file says what it is', async () => {
    const network = await loadMemoryNetwork(file('stm.safetensors'), stm);
    expect(network.architecture).to.deep.equal(stm);
    expect(network.widths.key).to.equal(64);
    network.dispose();
  });

  for (const [name, message] of [
    [
      'unsaid',
      /weights of an architecture that is not said, not of stm-resnet18: .*use weights that osvos train stm/,
    ],
    ['large', /weights of stm-resnet50, not of stm-resnet18: .*use --trunk resnet50/],
    ['stcn', /weights of stcn-resnet18, not of stm-resnet18: .*use --method stcn/],
    ['empty', /weights of another network \(Encoder_M\.conv1\.weight is missing; /],
  ] as const) {
    it(`refuses weights that are of another network: ${name}`, async () => {
      const before = tf.memory().numTensors;
      const failure = await failureOf(loadMemoryNetwork(file(`${name}.safetensors`), stm));
      expect(failure).to.have.property('exit', 4);
      expect(failure).to.have.property('message').that.matches(message);
      expect(tf.memory().numTensors).to.equal(before);
    });
  }

  it('refuses weights that are not there, and trunks of another architecture', async () => {
    for (const work of [
      loadMemoryNetwork(file('none.safetensors'), stm),
      untrainedMemoryNetwork(stm, file('none.safetensors'), pictures(), 1),
    ])
      expect(await failureOf(work)).to.have.property('exit', 4);
    await writeRandomTrunk(file('vgg.safetensors'), 'vgg19-slim');
    const failure = await failureOf(untrainedMemoryNetwork(stm, file('vgg.safetensors'), pictures(), 1));
    expect(failure)
      .to.have.property('message')
      .that.matches(/no weights of resnet18/);
  });

  for (const keys of ['masked', 'image'] as const) {
    it(`centres the keys of a new network on the pictures that it will see, ${keys} keys`, async () => {
      const before = tf.memory().numTensors;
      const network = await untrainedMemoryNetwork({ trunk: 'resnet18', keys }, trunk, pictures(), 1);
      tf.tidy(() => {
        const all = pictures().map(({ rgb }) => rgb);
        const { key } = network.query(toInput(all, 48, 64, torchvisionInput));
        const mean = tf.mean(key, [0, 1, 2]).dataSync();
        const spread = Math.sqrt(tf.mean(tf.square(key)).dataSync()[0]);
        expect(spread).to.be.above(0.1);
        mean.forEach((value) => expect(Math.abs(value)).to.be.below(1e-4 * spread));
        const bias = network.parameters.get('KV_Q_r4.Key.bias').dataSync();
        if (keys === 'masked')
          expect(network.parameters.get('KV_M_r4.Key.bias').dataSync()).to.deep.equal(bias);
      });
      network.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  }

  it('takes pictures of any size', async () => {
    const tiny: Sample = {
      width: 5,
      height: 3,
      rgb: new Uint8Array(45).fill(90),
      labels: new Uint8Array(15),
    };
    const network = await untrainedMemoryNetwork(stm, trunk, [tiny, ...pictures()], 1);
    expect(network.parameters.get('KV_Q_r4.Key.bias').dataSync().every(Number.isFinite)).to.equal(true);
    network.dispose();
  });

  it('trains no ResNet-50 from trunk weights', async () => {
    const failure = await failureOf(
      untrainedMemoryNetwork({ ...stm, trunk: 'resnet50' }, trunk, pictures(), 1),
    );
    expect(failure).to.have.property('exit', 2);
    expect(failure)
      .to.have.property('message')
      .that.matches(/no training from trunk weights of resnet50: use --trunk resnet18, or --init/);
  });
});
