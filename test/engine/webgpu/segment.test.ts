import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { decode } from 'fast-png';
import { writeRandomTrunk } from '../../end-to-end/random-trunk.js';
import { temporaryFolder, writeFrames, writeGreyMask } from '../../jobs/small-clip.js';
import { useSwiftShader } from './swiftshader.js';

const program = fileURLToPath(new URL('../../../bin/dev.js', import.meta.url));
const FRAMES = 2;
const STEPS = 2;
/** Of probabilities: sums in another order, over some steps. */
const TOLERANCE = 2e-3;

/** Fine-tunes and segments in processes of their own; the other engine is the oracle. */
describe('osvos segment on webgpu', function () {
  this.timeout(300_000);
  let folder: string;
  let remove: () => Promise<void>;
  before(async function () {
    const missing = useSwiftShader();
    if (missing !== undefined) {
      console.log(`      skipped: webgpu: ${missing}`);
      this.skip();
    }
    ({ folder, remove } = await temporaryFolder());
  });
  after(() => remove?.());

  it('gives the probabilities of wasm, and names the card in its first line and its record', async () => {
    const clip = await writeFrames(path.join(folder, 'clip'), FRAMES);
    const mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    const trunk = path.join(folder, 'trunk.safetensors');
    await writeRandomTrunk(trunk, 'vgg19-slim');
    const segment = (engine: string) => {
      const network = ['--trunk', 'vgg19-slim', '--no-parent', '--base', trunk, '--iterations', `${STEPS}`];
      const flags = ['--threads', '1', '--save-probabilities', '--out', path.join(folder, engine)];
      const args = [program, 'segment', clip, '--mask', mask, ...network, ...flags, '--engine', engine];
      const { status, stderr } = spawnSync(process.execPath, args, {
        encoding: 'utf8',
        env: { ...process.env, CI: '1' },
      });
      expect(status, stderr).to.equal(0);
      return stderr;
    };
    segment('wasm');
    const said = segment('webgpu');
    const record = JSON.parse(await readFile(path.join(folder, 'webgpu', 'run.json'), 'utf8')) as {
      engine: { name: string; device: string };
    };
    expect(record.engine.name).to.equal('webgpu');
    expect(record.engine.device).to.match(/^\S+ \(.+\)$/);
    expect(said)
      .to.match(/^engine webgpu \S+ on \S+ \(.+\), 1 thread$/m)
      .and.include(record.engine.device);
    for (const frame of ['00001']) {
      const [found, wanted] = await Promise.all(
        ['webgpu', 'wasm'].map((engine) => probabilities(path.join(folder, engine), frame)),
      );
      expect(found).to.have.length(wanted.length);
      wanted.forEach((p, i) => expect(found[i], `${frame}, pixel ${i}`).to.be.closeTo(p, TOLERANCE));
      expect(Math.max(...wanted) - Math.min(...wanted)).to.be.above(10 * TOLERANCE);
    }
  });
});

/** From 0 to 1, of object 1. */
async function probabilities(out: string, frame: string): Promise<number[]> {
  const { data } = decode(await readFile(path.join(out, 'probabilities', `${frame}-1.png`)));
  return Array.from(data, (value) => value / 65535);
}
