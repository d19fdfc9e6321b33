import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { decode, encode } from 'fast-png';
import { createSyntheticClip } from '../../src/clips/synthetic/synthetic-clip.js';
import type { RunRecord } from '../../src/jobs/run-record.js';
import { runOsvos } from '../commands/run-osvos.js';
import { digests, temporaryFolder } from '../jobs/small-clip.js';
import { CELL, drawCells, readCells, writeColourNetwork } from '../methods/stm/colour-network.js';

const program = fileURLToPath(new URL('../../bin/dev.js', import.meta.url));

/** Red is annotated in frame 1, green in frame 3, before which it is there but nobody has asked for it. */
const scenes = [
  ['rr..', 'rr..', '....'],
  ['.rr.', '.rr.', '....'],
  ['.rr.', '.rr.', 'ggg.'],
  ['rr..', 'rr..', '.ggg'],
  ['....', '....', '.ggg'],
  ['.rr.', '.rr.', 'ggg.'],
];
const RED = 1;
const GREEN = 3;
const [width, height] = [4 * CELL, 3 * CELL];

/** The whole program, with a network that follows colours: what it has to find is known. */
describe('osvos segment with methods that remember', function () {
  this.timeout(120_000);
  let folder: string;
  let remove: () => Promise<void>;
  let clip: string;
  let masks: string[];
  let stm: string;
  let stcn: string;

  before(async () => {
    ({ folder, remove } = await temporaryFolder());
    clip = await writeScenes('clip', scenes);
    masks = [
      '--mask',
      `1=${await writeMask('red', 1, [1])}`,
      '--mask',
      `3=${await writeMask('green', 3, [2])}`,
    ];
    stm = await writeColourNetwork(path.join(folder, 'stm.safetensors'), {
      trunk: 'resnet18',
      keys: 'masked',
    });
    stcn = await writeColourNetwork(path.join(folder, 'stcn.safetensors'), {
      trunk: 'resnet18',
      keys: 'image',
    });
  });
  after(() => remove());

  async function writeScenes(name: string, all: string[][]): Promise<string> {
    const source = path.join(folder, name);
    await mkdir(source, { recursive: true });
    for (const [i, rows] of all.entries()) {
      const { frame } = drawCells(rows, i);
      const png = encode({ width, height, data: frame.rgb, channels: 3, depth: 8 });
      await writeFile(path.join(source, `${frame.name}.png`), png);
    }
    return source;
  }

  async function writeMask(
    name: string,
    index: number,
    ids: number[],
    rows = scenes[index],
  ): Promise<string> {
    const file = path.join(folder, 'masks', `${name}.png`);
    await mkdir(path.dirname(file), { recursive: true });
    const { data } = drawCells(rows, index, ids).labels;
    // the program's ids are the files': red is 1, green 3
    const labels = data.map((label) => (label === 2 ? GREEN : label));
    await writeFile(file, encode({ width, height, data: labels, channels: 1, depth: 8 }));
    return file;
  }

  /** The whole frame is seen: cells are then where the scenes have them. */
  const flags = (method: string, out: string, roi = 'none') => [
    ...['--method', method, '--weights', method === 'stcn' ? stcn : stm, '--size', String(height)],
    ...['--out', path.join(folder, out), '--engine', 'wasm', '--roi', roi],
  ];

  async function segment(method: string, out: string, ...more: string[]): Promise<RunRecord> {
    const args = [clip, ...masks, ...flags(method, out), ...more];
    const { exit, stderr } = await runOsvos('segment', ...args);
    expect(exit, stderr).to.equal(0);
    return JSON.parse(await readFile(path.join(folder, out, 'run.json'), 'utf8')) as RunRecord;
  }

  async function labelsOf(out: string, index: number): Promise<Uint8Array> {
    const file = path.join(folder, out, `${String(index).padStart(5, '0')}.png`);
    return Uint8Array.from(decode(await readFile(file)).data);
  }

  async function cellsOf(out: string, index: number): Promise<string[]> {
    const data = (await labelsOf(out, index)).map((label) => (label === GREEN ? 2 : label));
    return readCells({ width, height, data });
  }

  for (const method of ['stm', 'kmn', 'stcn']) {
    it(`${method} goes both ways from the first mask, and takes up an object where it enters`, async () => {
      const record = await segment(method, method, '--snap', 'none');
      expect(record).to.deep.include({ status: 'finished', method, objects: [RED, GREEN] });
      const withoutGreen = scenes[2].map((row) => row.replaceAll('g', '.'));
      for (const [index, rows] of [
        [0, scenes[0]],
        [2, withoutGreen],
        [4, scenes[4]],
        [5, scenes[5]],
      ] as const) {
        expect(await cellsOf(method, index), `frame ${index}`).to.deep.equal(rows);
      }
      // what was given is there as it was given: all of frame 1, green in frame 3
      expect(await labelsOf(method, 1)).to.deep.equal(drawCells(scenes[1], 1, [1]).labels.data);
      const met = await labelsOf(method, 3);
      const given = drawCells(scenes[3], 3, [2]).labels.data;
      expect(met.map((label) => (label === GREEN ? 2 : 0))).to.deep.equal(given);
      expect((await cellsOf(method, 3))[0], 'red, segmented beside it').to.equal('rr..');
      // of each frame areas, and how sure it was of what it found
      expect(record.frames.map(({ areas }) => areas.map((area) => area > 0))).to.deep.equal([
        [true, false],
        [true, false],
        [true, false],
        [true, true],
        [false, true],
        [true, true],
      ]);
      const [first, annotated, , joined, hidden, last] = record.frames.map(({ confidence }) => confidence);
      expect(first[0]).to.be.within(0.8, 1);
      expect([annotated, joined[1], hidden[0]]).to.deep.equal([[null, null], null, null]);
      expect(joined[0]).to.be.within(0.8, 1);
      expect(last.every((value) => value !== null && value > 0.8)).to.equal(true);
      expect(record.seconds).to.have.property('memorising').above(0);
      expect(record.warnings.join()).to.contain('object 1 grows or shrinks').and.to.contain('00004');
    });
  }

  it('does all that is asked for besides: pieces near by, outlines, overlays, probabilities', async () => {
    const more = ['--keep', 'near', '--overlays', '--save-probabilities', '--snap', 'bilateral'];
    await segment('stcn', 'all', ...more);
    const there = (name: string) => existsSync(path.join(folder, 'all', name));
    for (const name of ['overlays/00003.jpg', 'probabilities/00003-1.png', 'probabilities/00000-3.png']) {
      expect(there(name), name).to.equal(true);
    }
    const probability = async (id: number) =>
      decode(await readFile(path.join(folder, 'all', 'probabilities', `00003-${id}.png`))).data;
    const given = drawCells(scenes[3], 3, [2]).labels.data;
    expect(Uint8Array.from(await probability(GREEN), (p) => (p === 65535 ? 2 : p))).to.deep.equal(given);
    const compared = await runOsvos(
      'segment',
      ...[clip, ...masks.slice(0, 2), ...flags('stcn', 'fewer'), '--compare-to', path.join(folder, 'all')],
    );
    expect(compared.exit, compared.stderr).to.equal(0);
    expect(compared.stderr).to.match(/[1-5] of 5 frames differ from/);
  });

  it('segments the sequences of a data set', async () => {
    const root = path.join(folder, 'DAVIS');
    await cp(clip, path.join(root, 'JPEGImages', '480p', 'cells'), { recursive: true });
    const annotations = path.join(root, 'Annotations', '480p', 'cells');
    await mkdir(annotations, { recursive: true });
    await cp(await writeMask('start', 0, [1]), path.join(annotations, '00000.png'));
    await mkdir(path.join(root, 'ImageSets', '2016'), { recursive: true });
    await writeFile(path.join(root, 'ImageSets', '2016', 'val.txt'), 'cells\n');
    const args = ['--davis', root, '--split', 'val', '--snap', 'none', ...flags('stcn', 'set')];
    const { exit, stderr } = await runOsvos('segment', ...args);
    expect(exit, stderr).to.equal(0);
    expect(await cellsOf('set/cells', 1)).to.deep.equal(scenes[1]);
  });

  it('segments several clips in one go, one of a single frame', async () => {
    const single = await writeScenes('single', scenes.slice(0, 1));
    const folderOfMasks = path.join(folder, 'of-clips');
    await mkdir(folderOfMasks, { recursive: true });
    const start = await writeMask('start', 0, [1]);
    for (const name of ['clip', 'single']) await cp(start, path.join(folderOfMasks, `${name}.png`));
    const args = [clip, single, '--masks', folderOfMasks, '--snap', 'none', ...flags('stm', 'several')];
    const { exit, stderr } = await runOsvos('segment', ...args);
    expect(exit, stderr).to.equal(0);
    expect(await cellsOf('several/clip', 1)).to.deep.equal(scenes[1]);
    expect(await labelsOf('several/single', 0)).to.deep.equal(drawCells(scenes[0], 0, [1]).labels.data);
    expect(Object.keys(await digests(path.join(folder, 'several/single')))).to.deep.equal(['00000.png']);
  });

  it('goes on after kill −9 with the same bytes', async () => {
    const args = (out: string) => [
      ...['segment', clip, ...masks, ...flags('stcn', out)],
      ...['--save-probabilities', '--keep', 'near'],
    ];
    const whole = await runOsvos(...args('whole'));
    expect(whole.exit, whole.stderr).to.equal(0);
    const out = path.join(folder, 'killed');
    const child = spawn(process.execPath, [program, ...args('killed')], { stdio: 'ignore' });
    await until(() => existsSync(path.join(out, '00002.png')), child);
    child.kill('SIGKILL');
    await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(0)));
    const again = await runOsvos(...args('killed'));
    expect(again.exit, again.stderr).to.equal(0);
    expect(again.stderr).to.contain('going on');
    for (const part of ['', 'probabilities']) {
      expect(await digests(path.join(out, part))).to.deep.equal(
        await digests(path.join(folder, 'whole', part)),
      );
    }
    expect(existsSync(path.join(out, 'checkpoints'))).to.equal(false);
  });

  it('takes the creatures of a synthetic clip as they come, of any size', async () => {
    const size = { width: 53, height: 37 };
    const reef = createSyntheticClip({ ...size, frames: 6, objects: 2, seed: 4 });
    const source = path.join(folder, 'reef');
    await mkdir(source);
    for (let i = 0; i < 6; i++) {
      const { name, rgb } = reef.frame(i);
      await writeFile(
        path.join(source, `${name}.png`),
        encode({ ...size, data: rgb, channels: 3, depth: 8 }),
      );
    }
    const only = async (index: number, id: number) => {
      const data = reef.labels(index).data.map((label) => (label === id ? id : 0));
      const file = path.join(folder, `creature-${id}.png`);
      await writeFile(file, encode({ ...size, data, channels: 1, depth: 8 }));
      return { data, flag: ['--mask', `${index}=${file}`] };
    };
    const [first, second] = [await only(2, 1), await only(4, 2)];
    const own = [...flags('stm', 'reef-out', 'auto'), ...first.flag, ...second.flag, '--snap', 'none'];
    const { exit, stderr } = await runOsvos('segment', source, ...own);
    expect(exit, stderr).to.equal(0);
    expect(stderr).to.contain('53×37 frames, network sees 53×37');
    expect(await labelsOf('reef-out', 2)).to.deep.equal(first.data);
    expect((await labelsOf('reef-out', 4)).map((label) => (label === 2 ? 2 : 0))).to.deep.equal(second.data);
    for (const index of [0, 1, 3]) expect(new Set(await labelsOf('reef-out', index))).to.not.include(2);
  });
});

async function until(condition: () => boolean, child: ChildProcess): Promise<void> {
  while (!condition()) {
    if (child.exitCode !== null) throw new Error(`the process ended too early, with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
