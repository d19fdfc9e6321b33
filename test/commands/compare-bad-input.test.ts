import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { encode } from 'fast-png';
import { encodeIndexedPng } from '../../src/clips/indexed-png.js';
import { syntheticDefaults } from '../../src/clips/synthetic/defaults.js';
import { writeSyntheticClip } from '../../src/clips/synthetic/write-synthetic-clip.js';
import type { Comparison } from '../../src/report/comparison.js';
import { writeColourNetwork } from '../methods/stm/colour-network.js';
import { runOsvos } from './run-osvos.js';

const [width, height, frames] = [96, 64, 6];

/** Masks of other programs come by --reference; they are looked at before anything is computed. */
describe('osvos compare, given what is not right', function () {
  this.timeout(120_000);
  let root: string;
  let davis: string;
  let truth: string;
  let masks: string;
  let method: string;

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'osvos-compare-bad-'));
    davis = path.join(root, 'davis');
    await writeSyntheticClip(davis, { ...syntheticDefaults, width, height, frames, objects: 2 });
    truth = path.join(davis, 'Annotations', '480p', 'reef');
    const network = await writeColourNetwork(path.join(root, 'colours.safetensors'), {
      trunk: 'resnet18',
      keys: 'image',
    });
    method = `stcn@weights=${network}`;
  });
  beforeEach(async () => {
    masks = path.join(root, 'masks', 'reef');
    await rm(path.dirname(masks), { recursive: true, force: true });
    await cp(truth, masks, { recursive: true });
  });
  after(() => rm(root, { recursive: true }));

  const out = () => path.join(root, 'out');
  const mask = (frame: number) => path.join(masks, `0000${frame}.png`);
  const compare = (...more: string[]) => {
    const set = ['--davis', davis, '--split', 'val', '--methods', method, '--engine', 'wasm'];
    return runOsvos('compare', ...set, ...more);
  };

  /** The refusal comes before the first frame is segmented. */
  async function expectRefusal(...words: string[]): Promise<void> {
    const { exit, stderr } = await compare('--out', out(), '--reference', `Other=${path.dirname(masks)}`);
    expect(exit, stderr).to.equal(3);
    for (const word of words) expect(stderr).to.include(word);
    expect(await readdir(root)).not.to.include('out');
  }

  it('a missing frame', async () => {
    await rm(mask(3));
    await expectRefusal('1 of 4 masks are missing', mask(3));
  });

  it('the first mask alone', async () => {
    for (let frame = 1; frame < frames; frame++) await rm(mask(frame));
    await expectRefusal('4 of 4 masks are missing', `${masks} (all 4)`);
  });

  it('a mask of another size', async () => {
    await writeFile(mask(2), encodeIndexedPng({ width: 48, height: 32, data: new Uint8Array(48 * 32) }));
    await expectRefusal('the mask is 48×32, the annotation 96×64', mask(2), 'nearest neighbour');
  });

  it('an unknown id', async () => {
    await writeFile(
      mask(2),
      encodeIndexedPng({ width, height, data: new Uint8Array(width * height).fill(3, 50, 99) }),
    );
    await expectRefusal('the mask has object id 3, the annotations 1, 2', mask(2), 'use the ids of');
  });

  it('masks without a palette: colours are refused, black and white for two objects too', async () => {
    const colours = new Uint8Array(width * height * 3);
    colours.set([128, 0, 0], 300);
    await writeFile(mask(1), encode({ width, height, data: colours, channels: 3, depth: 8 }));
    await expectRefusal('a colour image whose bands differ', mask(1), 'indexed or grey PNG');
    const white = new Uint8Array(width * height).fill(255, 50, 99);
    await writeFile(mask(1), encode({ width, height, data: white, channels: 1, depth: 8 }));
    await expectRefusal('black and white, the annotations have 2 objects', mask(1));
  });

  it('an --out that cannot be written: names it and what to do', async () => {
    const file = path.join(root, 'occupied');
    await writeFile(file, 'a file, no folder');
    const { exit, stderr } = await compare('--out', file);
    expect(exit, stderr).to.equal(7);
    expect(stderr).to.include(file).and.include('choose a folder for --out');
    expect(await readFile(file, 'utf8')).to.equal('a file, no folder');
  });

  it('an --out where something is in the way of the report: names it, and goes on once it is gone', async () => {
    const page = path.join(out(), 'report.html');
    await mkdir(page, { recursive: true });
    const { exit, stderr } = await compare('--out', out());
    expect(exit, stderr).to.equal(7);
    expect(stderr).to.include(page).and.include('Check permissions and free space');
    await rm(page, { recursive: true });
    const again = await compare('--out', out());
    expect(again.exit, again.stderr).to.equal(0);
    expect(again.stderr).to.include('this run is finished already');
  });

  it('the annotations as results, and the first mask repeated: warns, and tells the scores', async () => {
    const still = path.join(root, 'still', 'reef');
    for (let frame = 0; frame < frames; frame++)
      await cp(path.join(truth, '00000.png'), path.join(still, `0000${frame}.png`));
    const references = ['--reference', `Same=${path.dirname(masks)}`, '--reference', path.dirname(still)];
    const { exit, stderr, stdout } = await compare('--out', out(), ...references, '--json');
    expect(exit, stderr).to.equal(0);
    expect(stderr).to.include(
      'Warning: Same: the masks equal the annotations in every frame: reef: are these',
    );
    expect(stderr).to.include(
      'Warning: still: the masks equal the first annotation in every frame: reef: were these',
    );
    const { methods } = JSON.parse(stdout) as Comparison;
    expect(methods.map(({ label }) => label)).to.deep.equal([method, 'Same', 'still']);
    expect(methods[1].scores['J-Mean']).to.equal(1);
  });
});
