import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { segmentDataSet } from '../../src/jobs/segment-data-set.js';
import { planSegmentation } from '../../src/jobs/segment-plan.js';
import { experienceOf } from '../../src/jobs/segment-estimate.js';
import { clipOutput } from '../../src/jobs/output-folder.js';
import { readInput } from '../../src/jobs/segment-input.js';
import type { Experience } from '../../src/jobs/speeds.js';
import type { ProgressEvent } from '../../src/progress.js';
import type { MethodCost } from '../../src/methods/cost.js';
import type { FakeBehaviour } from './fake-method.js';
import {
  errorOf,
  fakeOptions,
  fakeServices,
  plainSettings,
  runFake,
  stoppingTrace,
  type FakeRun,
} from './run-fake.js';
import { digests, temporaryFolder, writeFrames, writeGreyMask } from './small-clip.js';

const none = { forward: 0, backward: 0, moved: 0 };

/** At the fake machine's one multiply-add a second: 10 s for each of 12 steps, 5 s a frame. Memory: size² MB. */
const cost: NonNullable<FakeBehaviour['cost']> = ({ size, iterations }, _frame, objects): MethodCost => ({
  start: none,
  step: { ...none, backward: 10 },
  steps: iterations,
  begin: none,
  frame: { ...none, forward: 5 * objects },
  learningBytes: size * size * 1e6,
  segmentingBytes: 1e6,
  stateBytes: 20e6,
  checkpointBytes: 30e6,
  finestStride: 1,
});

/** Of those that tell an estimate. */
function estimates(events: ProgressEvent[]): string[] {
  const notes = events.flatMap((event) => (event.kind === 'note' ? [event.text] : []));
  return notes.filter((text) => text.startsWith('about '));
}

describe('what a run has taught', () => {
  const speed = { forward: 1, backward: 1, moved: 1 };
  const speeds = { learning: speed, segmenting: speed, source: 'measured now' as const };
  const frame = { width: 1000, height: 1000 };
  const foresight = {
    estimate: { memory: 0, moreMemory: 0, disk: 0, temporaryDisk: 0 },
    cost: { ...cost(fakeOptions, frame, 1), start: { ...none, forward: 7 } },
    amount: { frame, objects: 1, frames: 10, passes: 1, learnt: 1 },
    speeds,
  };

  it('is how much faster it was than foretold, start and steps that it really took', () => {
    const seconds = { 'fine-tuning': 20, segmenting: 9 };
    const experience = experienceOf(foresight, { seconds, steps: { a: 3 }, secondsPerFrame: 1.01 });
    expect(experience?.learning).to.equal((7 + 3 * 10) / 20);
    expect(experience?.segmenting).to.equal(5.05 / 1.01); // 5 of the network, .05 of a million pixels
  });

  it('is nothing where it was too short', () => {
    const seconds = { 'fine-tuning': 4, segmenting: 1 };
    const short = experienceOf(foresight, { seconds, steps: { a: 3 }, secondsPerFrame: 0.1 });
    expect([short?.learning, short?.segmenting]).to.deep.equal([undefined, undefined]);
  });
});

describe('before a segmentation starts', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: FakeRun;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), 11);
    const mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    run = {
      source,
      masks: [mask],
      out: path.join(folder, 'out'),
      options: { size: 32 },
      behaviour: { cost },
    };
  });
  afterEach(() => remove());

  it('one line says what it will take', async () => {
    const events: ProgressEvent[] = [];
    await runFake({ ...run, events });
    // 12 · 10 + 10 · 5 seconds; 100 MB that the process has, 32² for the work
    expect(estimates(events)).to.have.length(1);
    expect(estimates(events)[0]).to.match(
      /^about 2\.8 min, 1\.1 GB of memory, [\d.]+ kB of disk \(50 MB until it is finished\); speed measured now$/,
    );
  });

  it('also where objects are learnt without steps', async () => {
    const events: ProgressEvent[] = [];
    const start = { ...none, forward: 30 };
    const behaviour: FakeBehaviour = { cost: (...args) => ({ ...cost(...args), start, checkpointBytes: 0 }) };
    await runFake({ ...run, options: { size: 32, iterations: 0 }, behaviour, events });
    // 30 + 10 · 5 seconds
    expect(estimates(events)[0]).to.match(
      /^about 80 s, 1\.1 GB of memory, [\d.]+ kB of disk \(20 MB until it is finished\); speed measured now$/,
    );
  });

  it('passes that begin with a mask count, until they are finished', async () => {
    const begin = { ...none, forward: 7 };
    const remembers: FakeBehaviour = { family: 'offline', cost: (...args) => ({ ...cost(...args), begin }) };
    const masks = [`4=${run.masks[0]}`];
    const events: ProgressEvent[] = [];
    await runFake({ ...run, masks, behaviour: remembers, events });
    // 12 · 10 + 2 · 7 + 10 · 5 seconds
    expect(estimates(events)[0]).to.match(/^about 3\.1 min, /);
    // the pass forwards, of frames 4 to 10, is finished; backwards frame 3 is seen again
    const other = path.join(folder, 'other');
    const controller = new AbortController();
    const trace = stoppingTrace(controller, (lines) => lines.includes('frame 2'));
    await errorOf(
      runFake({ ...run, masks, out: other, behaviour: { ...remembers, trace }, signal: controller.signal }),
    );
    const again: ProgressEvent[] = [];
    await runFake({ ...run, masks, out: other, behaviour: remembers, events: again });
    expect(estimates(again)[0]).to.match(/^about 27 s, /); // 7 + 4 · 5
  });

  it('nothing is said of a method that foretells nothing', async () => {
    const events: ProgressEvent[] = [];
    await runFake({
      ...run,
      behaviour: {},
      events,
      machine: { freeMemory: () => 0, freeDisk: async () => 0 },
    });
    expect(estimates(events)).to.deep.equal([]);
  });

  it('what is left is told, when it goes on', async () => {
    const controller = new AbortController();
    const trace = stoppingTrace(controller, (lines) => lines.includes('frame 4'));
    await errorOf(runFake({ ...run, signal: controller.signal, behaviour: { cost, trace } }));
    const left = 11 - Object.keys(await digests(run.out)).length;
    const events: ProgressEvent[] = [];
    await runFake({ ...run, events });
    expect(estimates(events)[0]).to.match(new RegExp(`^about ${left * 5} s, 10. MB of memory, `));
  });

  describe('where memory is short', () => {
    const machine = { freeMemory: () => 300e6 };

    it('it is refused with the largest size that fits', async () => {
      const trace: string[] = [];
      const error = await errorOf(runFake({ ...run, machine, behaviour: { cost, trace } }));
      expect(error.code).to.equal('memory');
      expect(error.exit).to.equal(5);
      // 16² MB fit into 300
      expect(error.message).to.equal(
        'about 1 GB more memory is needed and 300 MB can be had: clip (48×32 frames, network sees 48×32): ' +
          'use --size 16, free memory, or start all the same with --ignore-memory-limit',
      );
      expect(trace).to.deep.equal([]);
      expect(existsSync(run.out)).to.be.false;
    });

    it('no size is named where none fits', async () => {
      const error = await errorOf(runFake({ ...run, machine: { freeMemory: () => 10e6 } }));
      expect(error.remedy).to.equal('free memory, or start all the same with --ignore-memory-limit');
    });

    it('the named size does run', async () => {
      const record = await runFake({ ...run, machine, options: { size: 16 } });
      expect(record.status).to.equal('finished');
    });

    it('it starts when told to', async () => {
      const record = await runFake({ ...run, machine, settings: { ignoreMemoryLimit: true } });
      expect(record.status).to.equal('finished');
      expect(record.options).to.not.have.property('ignoreMemoryLimit');
    });

    it('results of a former run are not removed for nothing', async () => {
      await runFake(run);
      const before = await digests(run.out);
      const force = { settings: { force: true, threshold: 0.4 } };
      expect((await errorOf(runFake({ ...run, ...force, machine }))).code).to.equal('memory');
      expect(await digests(run.out)).to.deep.equal(before);
    });

    it('WebAssembly has no more than 4 GiB, whatever the machine has', async () => {
      const engine = { name: 'wasm' as const };
      const large: FakeBehaviour = { cost: (...args) => ({ ...cost(...args), segmentingBytes: 5e9 }) };
      const error = await errorOf(runFake({ ...run, engine, behaviour: large }));
      expect(error.message).to.contain('4.3 GB can be had');
      expect((await runFake({ ...run, behaviour: large })).status).to.equal('finished');
    });
  });

  it('a disk too full for the results is an error', async () => {
    const machine = { freeDisk: async () => 40e6 };
    const error = await errorOf(runFake({ ...run, machine }));
    expect(error.exit).to.equal(7);
    expect(error.message).to.match(/about 50 MB of disk is needed and 40 MB is free: .*out: /);
    expect(existsSync(run.out)).to.be.false;
  });

  it('small objects are named, also in the record', async () => {
    const coarse: FakeBehaviour = { cost: (...args) => ({ ...cost(...args), finestStride: 4 }) };
    const { warnings } = await runFake({ ...run, behaviour: coarse });
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain('object 1 of frame 00000 is small').and.to.contain('--roi auto');
    expect((await runFake({ ...run, out: path.join(folder, 'fine') })).warnings).to.deep.equal([]);
  });

  it('the plan of a dry run has it too, from what former runs have told', async () => {
    const speed = { forward: 10, backward: 10, moved: 10 };
    const speeds = { learning: speed, segmenting: speed, source: 'of former runs' as const };
    const engine = { name: 'wasm', device: 'cpu', threads: 1, version: '1', precision: 'f32' } as const;
    const machine = { expectedEngine: async () => engine, formerSpeeds: async () => speeds };
    const services = fakeServices({ behaviour: { cost }, machine });
    const masks = run.masks.map((file) => ({ file }));
    const input = await readInput({ source: run.source, masks, fitMask: false }, services.report);
    const options = { ...fakeOptions, size: 32 };
    const request = { input, paths: clipOutput(run.out, 'clip'), options, settings: plainSettings };
    const plan = await planSegmentation(request, services);
    expect(plan.estimate).to.include({ seconds: 17 });
    expect(plan.estimate?.text).to.contain('speed of former runs');
    const short = fakeServices({ behaviour: { cost }, machine: { freeMemory: () => 300e6 } });
    expect((await errorOf(planSegmentation(request, short))).code).to.equal('memory');
  });

  it('a data set has one line for all of its sequences', async () => {
    const root = path.join(folder, 'DAVIS');
    for (const sequence of ['ape', 'bee']) {
      await writeFrames(path.join(root, 'JPEGImages', '480p', sequence), 6);
      const file = path.join(root, 'Annotations', '480p', sequence, '00000.png');
      await writeGreyMask(file, [[255, 4, 8, 10, 12]]);
    }
    await mkdir(path.join(root, 'ImageSets', '2016'), { recursive: true });
    await writeFile(path.join(root, 'ImageSets', '2016', 'val.txt'), 'ape\nbee\n');
    const segment = async (sequences?: string[], machine = {}) => {
      const events: ProgressEvent[] = [];
      const request = {
        root,
        split: 'val',
        sequences,
        out: run.out,
        options: fakeOptions,
        settings: plainSettings,
      };
      await segmentDataSet(request, fakeServices({ behaviour: { cost }, events, machine }));
      return estimates(events);
    };
    const error = await errorOf(segment(undefined, { freeMemory: () => 1e6 }));
    expect(error.message).to.contain('ape');
    await segment(['bee']);
    // bee is finished: 12 · 10 + 5 · 5 seconds are left
    expect((await segment())[0]).to.match(/^about 2\.4 min, /);
    expect(await segment()).to.deep.equal([]);
  });

  it('a run that was long enough teaches the next estimate', async () => {
    const taught: Experience[] = [];
    const machine = { remember: async (_: unknown, experience: Experience) => void taught.push(experience) };
    await runFake({ ...run, machine });
    expect(taught).to.have.length(1);
    expect(taught[0].learning).to.equal(undefined); // milliseconds tell nothing
    const failing = { remember: () => Promise.reject(new Error('read-only')) };
    const events: ProgressEvent[] = [];
    const record = await runFake({ ...run, out: path.join(folder, 'other'), machine: failing, events });
    expect(record.status).to.equal('finished');
    expect(events).to.deep.include({
      kind: 'note',
      text: 'the speed of this run is not kept for estimates: read-only',
    });
  });
});
