import { cp, mkdtemp, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { syntheticDefaults } from '../../src/clips/synthetic/defaults.js';
import { writeSyntheticClip } from '../../src/clips/synthetic/write-synthetic-clip.js';
import { startEngine } from '../../src/engine/start.js';
import { trainMemoryJob, type TrainMemoryJob } from '../../src/jobs/train-memory.js';
import { memoryTrainingDefaults } from '../../src/methods/stm/training-defaults.js';
import { readSafetensors } from '../../src/weights/safetensors.js';
import { writeRandomTrunk } from '../end-to-end/random-trunk.js';
import { writeColourNetwork } from '../methods/stm/colour-network.js';

describe('jobs/train-memory', function () {
  this.timeout(240_000);
  const architecture = { trunk: 'resnet18', keys: 'image' } as const;
  let root: string;
  let davis: string;
  let init: string;
  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'osvos-train-memory-'));
    davis = path.join(root, 'davis');
    await writeSyntheticClip(davis, { ...syntheticDefaults, width: 96, height: 64, frames: 4 });
    // the same clip under another name is left out of the training
    for (const kind of ['JPEGImages', 'Annotations']) {
      const folder = path.join(davis, kind, '480p');
      await cp(path.join(folder, 'reef'), path.join(folder, 'held'), { recursive: true });
    }
    const lists = path.join(davis, 'ImageSets', '2016');
    await rename(path.join(lists, 'val.txt'), path.join(lists, 'train.txt'));
    await writeFile(path.join(lists, 'train-hold-out.txt'), 'held\n');
    init = await writeColourNetwork(path.join(root, 'colours.safetensors'), architecture);
  });

  function job(out: string, changes: Partial<TrainMemoryJob> = {}): TrainMemoryJob {
    return {
      ...{ method: 'stcn', architecture, init, davis: { root: davis, split: 'train' } },
      ...{ out: path.join(root, out), force: false },
      options: { ...memoryTrainingDefaults, crops: [64, 64], batch: 1, updates: 2, warmUp: 1, videos: 0.5 },
      startEngine: () => startEngine({ engine: 'wasm' }),
      report: () => undefined,
      ...changes,
    };
  }

  it('carries masks through the videos left out, and writes the best network with what it is', async () => {
    const notes: string[] = [];
    const options = { ...job('').options, looks: 1 };
    const { file, best } = await trainMemoryJob(
      job('scored', {
        ...{ options, holdOut: 'train-hold-out' },
        report: (event) => event.kind === 'note' && notes.push(event.text),
      }),
    );
    expect(notes.slice(0, 2)).to.deep.equal([
      '4 frames of 1 videos and 0 stills',
      'scored on 4 frames of 1 videos of train-hold-out',
    ]);
    expect(best).to.have.property('updates', 2);
    expect(best!.score).to.be.within(0.01, 0.99); // a network that follows colours finds some of it
    const { metadata, tensors } = await readSafetensors(file);
    expect(metadata).to.deep.equal({ architecture: 'stcn-resnet18' });
    expect([...tensors.values()].every(({ dtype }) => dtype === 'F16')).to.equal(true);
    expect(await readFile(path.join(root, 'scored', 'hold-out.csv'), 'utf8')).to.match(
      /\n2,[\d.]+,0\.\d{4}\n$/,
    );
  });

  it('goes on after a stop with the very same numbers', async () => {
    const whole = await trainMemoryJob(job('straight'));
    const stop = new AbortController();
    const stopped = trainMemoryJob(
      job('stopped', {
        signal: stop.signal,
        report: (event) => event.kind === 'step' && event.done === 1 && stop.abort(),
      }),
    );
    expect(await stopped.catch((error: unknown) => error)).to.have.property('exit', 130);
    const resumed = await trainMemoryJob(job('stopped'));
    expect(await readFile(resumed.file)).to.deep.equal(await readFile(whole.file));
  });

  it('starts from a trunk of ImageNet', async () => {
    const base = path.join(root, 'trunk.safetensors');
    await writeRandomTrunk(base, 'resnet18');
    const options = { ...job('').options, updates: 1 };
    expect((await trainMemoryJob(job('base', { base, init: undefined, options }))).loss).to.be.above(0);
  });

  it('refuses to score on what it trains on, and says what it wants', async () => {
    const failureOf = (changes: Partial<TrainMemoryJob>) =>
      trainMemoryJob(job('refused', changes)).catch((error: unknown) => error);
    expect(await failureOf({ holdOut: 'train' }))
      .to.have.property('message')
      .that.matches(/trained on and held out: reef: name another split to --hold-out/);
    expect(await failureOf({ init: undefined })).to.have.property('exit', 2);
    expect(await failureOf({ davis: undefined })).to.have.property('exit', 2);
    expect(await failureOf({ architecture: { trunk: 'resnet18', keys: 'masked' } })).to.have.property(
      'exit',
      4,
    );
  });
});
