import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { decode } from 'fast-png';
import type { SyntheticOptions } from '../../src/clips/synthetic/defaults.js';
import { createSyntheticClip } from '../../src/clips/synthetic/synthetic-clip.js';
import { OsvosError } from '../../src/errors.js';
import { runDemo, type DemoRequest } from '../../src/jobs/demo.js';
import type { CommonOptions, SegmentServices } from '../../src/jobs/segment-options.js';
import { idsOf } from '../../src/label-map.js';
import type { Method, Segmenter } from '../../src/methods/method.js';
import { ampleMachine } from './run-fake.js';

const bundled: SyntheticOptions = { width: 96, height: 64, frames: 6, objects: 1, seed: 3 };

/** Follows nothing: every frame gets the mask that was given. What it scores can be told from the truth alone. */
const still: Method<CommonOptions> = {
  name: 'still',
  family: 'offline',
  annotations: 'all-before-start',
  threshold: 0.5,
  open: async () => createStill(),
};

function createStill(): Segmenter {
  let ids: number[] = [];
  let given = new Uint8Array();
  const probabilities = (width: number, height: number) => ({
    ids,
    width,
    height,
    data: Float32Array.from({ length: ids.length * given.length }, (_, i) =>
      given[i % given.length] === ids[Math.floor(i / given.length)] ? 1 : 0,
    ),
  });
  return {
    learn: async ([{ labels }]) => {
      ids = idsOf(labels);
      given = new Uint8Array(labels.data);
    },
    segment: async ({ width, height }) => probabilities(width, height),
    save: async () => new Map(),
    restore: async () => undefined,
    close: () => undefined,
  };
}

describe('demo', () => {
  let out: string;
  beforeEach(async () => (out = await mkdtemp(path.join(os.tmpdir(), 'osvos-demo-'))));
  afterEach(() => rm(out, { recursive: true }));

  let starts = 0;
  const services: SegmentServices<CommonOptions> = {
    method: { name: 'still', load: async () => still },
    engine: { engine: 'cpu' },
    machine: ampleMachine,
    startEngine: async () => {
      starts++;
      return { name: 'cpu', device: 'cpu', threads: 1, version: '0', precision: 'f32' };
    },
    tensors: async () => ({ version: '0', count: () => 0 }),
    weights: async () => [],
    report: () => undefined,
  };
  const request = (clip = bundled, force = false): DemoRequest<CommonOptions> => ({
    clip: { kind: 'bundled', options: clip },
    out,
    options: { size: 64, seed: 1 },
    settings: {
      threshold: 0.5,
      keep: 'all',
      overlays: true,
      overlayVideo: false,
      saveProbabilities: false,
      saveNetwork: false,
      preview: false,
      fitMask: false,
      force,
      ignoreMemoryLimit: false,
    },
  });

  it('makes the clip, segments every frame, writes overlays and scores', async () => {
    const result = await runDemo(request(), services);
    const names = ['00000', '00001', '00002', '00003', '00004', '00005'];
    expect((await readdir(result.masks)).filter((name) => name.endsWith('.png'))).to.deep.equal(
      names.map((name) => `${name}.png`),
    );
    expect(await readdir(result.overlays)).to.deep.equal(names.map((name) => `${name}.jpg`));
    expect(await readdir(result.frames)).to.deep.equal(names.map((name) => `${name}.jpg`));
    expect([result.frameCount, result.size]).to.deep.equal([6, '96×64']);
  });

  it('scores J as intersection over union of the frames between the first and the last', async () => {
    const { J, F } = await runDemo(request(), services);
    const clip = createSyntheticClip(bundled);
    const first = clip.labels(0).data;
    const overlaps = [1, 2, 3, 4].map((i) => {
      const truth = clip.labels(i).data;
      const both = truth.filter((id, p) => id === 1 && first[p] === 1).length;
      return both / truth.filter((id, p) => id === 1 || first[p] === 1).length;
    });
    expect(J).to.be.closeTo(overlaps.reduce((a, b) => a + b) / 4, 1e-12);
    expect(F).to.be.within(0.1, 1);
  });

  it('keeps the ids of several objects', async () => {
    const { masks } = await runDemo(request({ ...bundled, objects: 3 }), services);
    const { data } = decode(await readFile(path.join(masks, '00003.png')));
    expect([...new Set(data)].sort()).to.deep.equal([0, 1, 2, 3]);
  });

  it('tells seconds by stage, whose sum is the time', async () => {
    const { stages, seconds } = await runDemo(request(), services);
    expect(stages).to.include.keys('clip', 'engine', 'scoring');
    expect(Object.values(stages).reduce((a, b) => a + b)).to.be.closeTo(seconds, 1e-9);
  });

  it('prints a finished demo again without starting an engine or writing a mask', async () => {
    const before = await runDemo(request(), services);
    const mask = path.join(before.masks, '00004.png');
    const { mtimeMs } = await stat(mask);
    starts = 0;
    const again = await runDemo(request(), services);
    expect(starts).to.equal(0);
    expect((await stat(mask)).mtimeMs).to.equal(mtimeMs);
    expect([again.J, again.F]).to.deep.equal([before.J, before.F]);
  });

  it('runs on a sequence of a data set, the first where none is named', async () => {
    await runDemo(request(), services);
    const davis = {
      ...request(),
      out: path.join(out, 'again'),
      clip: { kind: 'davis' as const, root: path.join(out, 'clip'), split: 'val' },
    };
    const result = await runDemo(davis, services);
    expect(result.masks).to.equal(path.join(out, 'again', 'results', 'reef'));
    const unknown = { ...davis, clip: { ...davis.clip, sequence: 'lagoon' } };
    const refused = await runDemo(unknown, services).catch((error: unknown) => error);
    expect((refused as Error).message).to.match(/no such sequence.*lagoon.*reef/);
  });

  it('refuses a folder with the demo of another clip with exit code 2, and replaces it with --force', async () => {
    await runDemo(request(), services);
    const other = { ...bundled, seed: 4, frames: 5 };
    const refused = await runDemo(request(other), services).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(OsvosError).with.property('exit', 2);
    const result = await runDemo(request(other, true), services);
    expect(result.frameCount).to.equal(5);
    expect((await readdir(result.masks)).filter((name) => name.endsWith('.png'))).to.have.length(5);
  });
});
