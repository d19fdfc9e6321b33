import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { decode } from 'fast-png';
import {
  digests,
  labelsWith,
  temporaryFolder,
  writeFrames,
  writeGreyMask,
  type Box,
} from '../jobs/small-clip.js';
import { writeRandomTrunk } from './random-trunk.js';

const program = fileURLToPath(new URL('../../bin/dev.js', import.meta.url));
const FRAMES = 8;
/** Past the first checkpoint, which comes after 50. */
const STEPS = 55;
const first: Box[] = [
  [1, 4, 8, 10, 12],
  [3, 24, 4, 12, 10],
];
const later: Box[] = [
  [1, 10, 8, 10, 12],
  [3, 30, 6, 12, 10],
  [255, 0, 28, 48, 4],
];

/** The whole program in processes of its own, with the real method on an untrained trunk: nothing comes from outside. */
describe('osvos segment, with OSVOS itself', function () {
  this.timeout(180_000);
  let folder: string;
  let remove: () => Promise<void>;
  /** Clip, masks and network. */
  let common: string[];
  let whole: string;

  before(async () => {
    ({ folder, remove } = await temporaryFolder());
    const clip = await writeFrames(path.join(folder, 'clip'), FRAMES);
    const mask = await writeGreyMask(path.join(folder, 'first.png'), first);
    const second = await writeGreyMask(path.join(folder, 'second.png'), later);
    const trunk = path.join(folder, 'trunk.safetensors');
    await writeRandomTrunk(trunk, 'vgg19-slim');
    const network = ['--trunk', 'vgg19-slim', '--no-parent', '--base', trunk];
    common = [clip, '--mask', mask, '--mask', `5=${second}`, ...network, '--threads', '1'];
    whole = path.join(folder, 'whole');
    const { status, stdout, stderr } = osvos(...segment(whole));
    expect(status, stderr).to.equal(0);
    expect(stdout).to.match(/s per frame.*, peak memory \d\.\d\d GB, masks in /);
  });
  after(() => remove());

  const segment = (out: string, steps = STEPS) => {
    const flags = ['--iterations', String(steps), '--save-probabilities', '--threshold', '0.4', '--out', out];
    return ['segment', ...common, ...flags];
  };

  async function expectTheSame(out: string): Promise<void> {
    for (const part of ['', 'probabilities']) {
      expect(await digests(path.join(out, part))).to.deep.equal(await digests(path.join(whole, part)));
    }
  }

  it('names masks as the frames, and keeps given ones pixel for pixel', async () => {
    expect(Object.keys(await digests(whole))).to.have.length(FRAMES);
    for (const [frame, boxes] of [
      ['00000', first],
      ['00005', later],
    ] as const) {
      const { data } = decode(await readFile(path.join(whole, `${frame}.png`)));
      expect(Uint8Array.from(data)).to.deep.equal(labelsWith(boxes));
    }
  });

  it('names the engine in its first line, and writes only results to stdout', () => {
    const { stdout, stderr } = osvos(...segment(path.join(folder, 'lines'), 1), '--to', '5', '--json');
    const lines = stderr.split('\n').filter((line) => !/^(WARNING: All log|[IWE]\d{4} )/.test(line)); // TensorFlow's own
    expect(lines[0]).to.match(
      /^engine (torch|tensorflow|wasm|cpu) \S+ on (cpu|cuda|mps), 1 thread(, bf16)?$/,
    );
    expect(JSON.parse(stdout)).to.deep.include({
      status: 'finished',
      frames: 6,
      objects: [1, 3],
      size: '48×32',
    });
  });

  it('goes on after kill −9 with the same bytes, whether it was learning or segmenting', async () => {
    const out = path.join(folder, 'killed');
    for (const sign of ['checkpoints/learning-0-5/object-1.safetensors', '00002.png']) {
      const child = start(...segment(out));
      await until(() => existsSync(path.join(out, sign)), child);
      child.kill('SIGKILL');
      await ended(child);
    }
    const { status, stderr } = osvos(...segment(out));
    expect(status, stderr).to.equal(0);
    await expectTheSame(out);
  });

  it('ends with 130 at Ctrl-C, and goes on with the same bytes', async () => {
    const out = path.join(folder, 'stopped');
    const child = start(...segment(out));
    await until(() => existsSync(path.join(out, 'run.json')), child);
    child.kill('SIGINT');
    expect(await ended(child)).to.equal(130);
    const record = JSON.parse(await readFile(path.join(out, 'run.json'), 'utf8')) as { status: string };
    expect(record.status).to.equal('interrupted');
    const { status, stderr } = osvos(...segment(out));
    expect(status, stderr).to.equal(0);
    await expectTheSame(out);
  });

  it('gives the same masks in two steps: finetune, then segment with the test network', async () => {
    const network = path.join(folder, 'two.safetensors');
    const out = path.join(folder, 'two');
    const learnt = osvos('finetune', ...common, '--iterations', String(STEPS), '--out', network);
    expect(learnt.status, learnt.stderr).to.equal(0);
    const { status, stderr } = osvos(...segment(out, 0), '--test-network', network);
    expect(status, stderr).to.equal(0);
    await expectTheSame(out);
  });
});

function osvos(...args: string[]) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
}

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [program, ...args], { stdio: 'ignore' });
}

async function until(condition: () => boolean, child: ChildProcess): Promise<void> {
  while (!condition()) {
    if (child.exitCode !== null) throw new Error(`the process ended too early, with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}
