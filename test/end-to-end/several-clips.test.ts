import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { runOsvos } from '../commands/run-osvos.js';
import { digests, temporaryFolder, writeFrames, writeGreyMask } from '../jobs/small-clip.js';
import { writeRandomTrunk } from './random-trunk.js';

/** `osvos segment` over several clips, with OSVOS itself on an untrained trunk. */
describe('osvos segment, over several clips', function () {
  this.timeout(120_000);
  let folder: string;
  let remove: () => Promise<void>;
  let sources: string[];
  let flags: string[];
  let damaged: string;

  before(async () => {
    ({ folder, remove } = await temporaryFolder());
    sources = [];
    for (const name of ['ape', 'bee', 'cat']) {
      sources.push(await writeFrames(path.join(folder, 'clips', name), 3));
      await writeGreyMask(path.join(folder, 'masks', `${name}.png`), [[1, 4, 8, 10, 12]]);
    }
    damaged = path.join(sources[1], '00002.png');
    const trunk = path.join(folder, 'trunk.safetensors');
    await writeRandomTrunk(trunk, 'vgg19-slim');
    const network = ['--trunk', 'vgg19-slim', '--no-parent', '--base', trunk, '--iterations', '1'];
    const place = ['--masks', path.join(folder, 'masks'), '--out', path.join(folder, 'out')];
    flags = [...place, ...network, '--size', '32', '--engine', 'wasm'];
  });
  after(() => remove());

  const segment = (clips: string[], ...more: string[]) => runOsvos('segment', ...clips, ...flags, ...more);
  const masksOf = async (name: string) => Object.keys(await digests(path.join(folder, 'out', name)));

  it('goes on after a clip that fails, with one engine, and tells in the end what is finished', async () => {
    const whole = await readFile(damaged);
    await writeFile(damaged, whole.subarray(0, 90)); // its header is still there
    const { exit, stderr } = await segment(sources);
    await writeFile(damaged, whole);
    expect(exit).to.equal(3);
    const lines = stderr.trim().split('\n');
    expect(lines.filter((line) => line.startsWith('engine '))).to.have.length(1);
    expect(lines.at(-1)).to.contain('1 of 3 clips failed: bee (').and.to.contain('00002.png');
    expect(lines.at(-1)).to.contain('finished: ape, cat');
    for (const name of ['ape', 'cat']) expect(await masksOf(name)).to.have.length(3);
  });

  it('does only what is missing when it is called again', async () => {
    const again = await segment(sources.filter((source) => !source.endsWith('bee')));
    expect(again.exit, again.stderr).to.equal(0);
    expect(again.stderr).to.contain('ape: this run is finished already').and.to.not.contain('engine wasm');
    const mended = await segment([sources[1]], '--force', '--json');
    expect(mended.exit, mended.stderr).to.equal(0);
    expect((JSON.parse(mended.stdout) as { clip: string; frames: number }[])[0]).to.include({
      clip: 'bee',
      frames: 3,
    });
    const { stdout, exit } = await segment(sources);
    expect(exit).to.equal(0);
    expect(stdout).to.match(/^ape: 3 frames .*\nbee: 3 frames .*\ncat: 3 frames .*\n3 clips, 9 frames in /);
  });
});
