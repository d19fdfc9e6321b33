import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { decode, encode } from 'fast-png';
import { createSyntheticClip } from '../../src/clips/synthetic/synthetic-clip.js';
import { startEngine } from '../../src/engine/start.js';
import { clipOutput } from '../../src/jobs/output-folder.js';
import type { RunRecord } from '../../src/jobs/run-record.js';
import { segmentClip } from '../../src/jobs/segment-clip.js';
import { readInput } from '../../src/jobs/segment-input.js';
import type { SegmentServices } from '../../src/jobs/segment-options.js';
import type { OsvosOptions } from '../../src/methods/osvos/defaults.js';
import { osvos } from '../../src/methods/osvos/osvos.js';
import type { ProgressEvent } from '../../src/progress.js';
import { ampleMachine, plainSettings } from '../jobs/run-fake.js';
import { temporaryFolder } from '../jobs/small-clip.js';
import { slimOptions, writeSlimParent } from '../methods/osvos/slim-parent.js';

const SIZE = { width: 96, height: 64 };
const FRAMES = 5;
/** The clip's objects 1, 2 and 3 get names with gaps. */
const NAMES = [0, 3, 7, 20];
const THRESHOLD = 0.5;
const FULL = 65535;

/** The synthetic clip of three objects through the whole job with OSVOS itself, on an untrained parent network. */
describe('several objects and annotations, with OSVOS itself', function () {
  this.timeout(120_000);
  const clip = createSyntheticClip({ ...SIZE, frames: FRAMES, objects: 3, seed: 4 });
  const events: ProgressEvent[] = [];
  let folder: string;
  let remove: () => Promise<void>;
  let source: string;
  let options: OsvosOptions;
  let services: SegmentServices<OsvosOptions>;
  /** All three objects, 20 only in the later annotation; none of them is of the first frame. */
  let masks: { key: string; file: string }[];
  let record: RunRecord;

  before(async () => {
    ({ folder, remove } = await temporaryFolder());
    const engine = await startEngine({ engine: 'wasm' });
    options = slimOptions(await writeSlimParent(), { iterations: 6, size: 48, frozenStages: 2 });
    services = {
      method: { name: 'osvos', load: async () => osvos },
      engine: { engine: 'wasm' },
      machine: ampleMachine,
      startEngine: async () => engine,
      tensors: async () => ({ version: '0', count: () => 0 }),
      weights: async () => [],
      report: (event) => events.push(event),
    };
    source = path.join(folder, 'reef');
    await mkdir(source);
    for (let i = 0; i < FRAMES; i++) {
      const { name, rgb } = clip.frame(i);
      await writeFile(
        path.join(source, `${name}.png`),
        encode({ ...SIZE, data: rgb, channels: 3, depth: 8 }),
      );
    }
    masks = [await annotate('first', 1, [3, 7]), await annotate('later', 3, [3, 7, 20])];
    record = await segment('all');
  });
  after(() => remove());

  /** Truth of a frame with the ids asked for. */
  function truth(i: number, ids: number[]): Uint8Array {
    return clip.labels(i).data.map((id) => (ids.includes(NAMES[id]) ? NAMES[id] : 0));
  }

  async function annotate(name: string, i: number, ids: number[]): Promise<{ key: string; file: string }> {
    const file = path.join(folder, `${name}.png`);
    await writeFile(file, encode({ ...SIZE, data: truth(i, ids), channels: 1, depth: 8 }));
    return { key: String(i), file };
  }

  async function segment(out: string, changes: Partial<OsvosOptions> = {}): Promise<RunRecord> {
    const own = { ...options, ...changes };
    const input = await readInput({ source, masks, objects: own.objects, fitMask: false }, services.report);
    const settings = { ...plainSettings, threshold: THRESHOLD, saveProbabilities: true };
    const paths = clipOutput(path.join(folder, out), 'reef');
    return segmentClip({ input, paths, options: own, settings }, services);
  }

  async function labels(out: string, i: number): Promise<number[]> {
    return [...decode(await readFile(path.join(folder, out, `0000${i}.png`))).data];
  }

  async function probabilities(out: string, i: number, id: number): Promise<number[]> {
    return [...decode(await readFile(path.join(folder, out, 'probabilities', `0000${i}-${id}.png`))).data];
  }

  it('keeps ids with gaps, and follows one that appears first in the later annotation', async () => {
    expect(record.objects).to.deep.equal([3, 7, 20]);
    expect(record.frames.map(({ name }) => name)).to.have.length(FRAMES);
    expect(Object.keys(record.steps)).to.deep.equal([3, 7, 20].map((id) => `fine-tuning object ${id}`));
    for (let i = 0; i < FRAMES; i++)
      expect([0, 3, 7, 20]).to.include.members([...new Set(await labels('all', i))]);
    // frames before the first annotation, and between the two, have probabilities of all objects
    for (const [i, id] of [
      [0, 3],
      [0, 20],
      [2, 20],
    ])
      expect(new Set(await probabilities('all', i, id)).size).to.be.above(10);
  });

  it('keeps what was given, pixel for pixel', async () => {
    expect(await labels('all', 1)).to.deep.equal([...truth(1, [3, 7])]);
    expect(await labels('all', 3)).to.deep.equal([...truth(3, [3, 7, 20])]);
  });

  it('merges by the largest probability above the threshold', async () => {
    for (const i of [0, 2, 4]) {
      const found = await labels('all', i);
      const planes = await Promise.all(record.objects.map((id) => probabilities('all', i, id)));
      let claimed = 0;
      found.forEach((label, at) => {
        const values = planes.map((plane) => plane[at]);
        const largest = Math.max(...values);
        // 16 bits round: a value at the threshold may be on either side
        if (Math.abs(largest - THRESHOLD * FULL) <= 1) return;
        if (largest < THRESHOLD * FULL) expect(label, `pixel ${at}`).to.equal(0);
        else expect(values[record.objects.indexOf(label)], `pixel ${at}`).to.equal(largest);
        if (label > 0) claimed++;
      });
      expect(claimed, 'pixels of objects').to.be.above(0);
    }
  });

  it('computes shared stages for all objects with the same result as for each alone', async () => {
    for (const id of record.objects) {
      const alone = await segment(`only-${id}`, { objects: [id] });
      expect(alone.objects).to.deep.equal([id]);
      for (const i of [0, 2, 4])
        expect(await probabilities(`only-${id}`, i, id)).to.deep.equal(await probabilities('all', i, id));
    }
  });

  it('follows only the objects asked for', async () => {
    const some = await segment('some', { objects: [3, 20] });
    expect(some.objects).to.deep.equal([3, 20]);
    expect(await labels('some', 3)).to.deep.equal([...truth(3, [3, 20])]);
    for (const i of [0, 2, 4]) expect(await labels('some', i)).to.not.include(7);
  });

  it('tells time and memory of each object', () => {
    const notes = events.flatMap((event) => (event.kind === 'note' ? [event.text] : []));
    for (const id of record.objects) {
      expect(record.learning?.[`fine-tuning object ${id}`].seconds).to.be.above(0);
      expect(notes.join('\n')).to.match(
        new RegExp(
          `^fine-tuning object ${id}: \\d+\\.\\d s, peak memory \\d\\.\\d\\d GB, loss \\d\\.\\d{3} → \\d\\.\\d{3}$`,
          'm',
        ),
      );
    }
    expect(record.secondsPerFrameAndObject).to.be.closeTo(record.secondsPerFrame! / 3, 0.001);
  });
});
