import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { finetuneClip, type FinetuneResult } from '../../src/jobs/finetune.js';
import type { Machine } from '../../src/jobs/machine.js';
import { readInput } from '../../src/jobs/segment-input.js';
import { parseMaskFlags } from '../../src/jobs/segment-mask-flag.js';
import type { ProgressEvent } from '../../src/progress.js';
import { readSafetensors } from '../../src/weights/safetensors.js';
import type { FakeBehaviour, FakeOptions } from './fake-method.js';
import { errorOf, fakeOptions, fakeServices, stoppingTrace } from './run-fake.js';
import { temporaryFolder, writeFrames, writeGreyMask } from './small-clip.js';

interface Call {
  out?: string;
  masks?: string[];
  options?: Partial<FakeOptions>;
  behaviour?: FakeBehaviour;
  signal?: AbortSignal;
  force?: boolean;
  testNetwork?: string;
  ignoreMemoryLimit?: boolean;
  machine?: Partial<Machine>;
  events?: ProgressEvent[];
}

describe('fine-tuning into a file', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let source: string;
  let mask: string;
  let out: string;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    source = await writeFrames(path.join(folder, 'clip'), 3);
    mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    out = path.join(folder, 'cat.safetensors');
  });
  afterEach(() => remove());

  async function finetune(call: Call = {}): Promise<FinetuneResult> {
    const { options, behaviour, signal, force = false, masks = [mask], machine, events } = call;
    const services = fakeServices({ behaviour, signal, machine, events });
    const input = await readInput({ source, masks: parseMaskFlags(masks), fitMask: false }, services.report);
    const request = {
      input,
      testNetwork: call.testNetwork,
      options: { ...fakeOptions, ...options },
      out: call.out ?? out,
      fitMask: false,
      force,
      ignoreMemoryLimit: call.ignoreMemoryLimit,
    };
    return finetuneClip(request, services);
  }

  it('writes tensors prefixed with their object, and tells how it went', async () => {
    const result = await finetune({ masks: [mask, `2=${mask}`] });
    const { tensors } = await readSafetensors(out);
    expect([...tensors.keys()].sort()).to.deep.equal([
      'object.1.mask.0',
      'object.1.mask.2',
      'object.1.weight',
    ]);
    expect(result).to.deep.include({
      out,
      objects: [1],
      annotations: ['00000', '00002'],
      steps: { 'fine-tuning': 12 },
    });
    expect(existsSync(`${out}.checkpoints`)).to.be.false;
  });

  describe('tells before it starts what it will take', () => {
    const none = { forward: 0, backward: 0, moved: 0 };
    /** At the fake machine's one multiply-add a second: 10 s for each step. Memory: size² MB, a gigabyte for frames. */
    const cost: NonNullable<FakeBehaviour['cost']> = ({ size, iterations }) => ({
      ...{ start: none, step: { ...none, backward: 10 }, steps: iterations },
      ...{ begin: none, frame: none, learningBytes: size * size * 1e6, segmentingBytes: 1e9 },
      ...{ stateBytes: 20e6, checkpointBytes: 30e6, finestStride: 1 },
    });
    const lines = (events: ProgressEvent[]) =>
      events.flatMap((event) =>
        event.kind === 'note' && event.text.startsWith('about ') ? [event.text] : [],
      );
    const small = { freeMemory: () => 300e6 };

    it('in one line', async () => {
      const events: ProgressEvent[] = [];
      await finetune({ behaviour: { cost }, events, options: { size: 32 } });
      // 100 MB that the process has, 32² for the work
      expect(lines(events)).to.deep.equal([
        'about 2 min, 1.1 GB of memory, 20 MB of disk (70 MB until it is finished); speed measured now',
      ]);
      const again: ProgressEvent[] = [];
      await finetune({ behaviour: { cost }, events: again, options: { size: 32 } });
      expect(lines(again)).to.deep.equal([]); // nothing is left to do
    });

    it('and refuses what the machine has not, leaving all as it was', async () => {
      await finetune();
      const before = await readFile(out);
      const trace: string[] = [];
      const call = { behaviour: { cost, trace }, options: { size: 32 }, machine: small };
      const error = await errorOf(finetune({ ...call, force: true }));
      expect(error.exit).to.equal(5);
      expect(error.message).to.equal(
        'about 1 GB more memory is needed and 300 MB can be had: clip (48×32 frames, network sees 48×32): ' +
          'use --size 16, free memory, or start all the same with --ignore-memory-limit',
      );
      expect(trace).to.deep.equal([]);
      expect(await readFile(out)).to.deep.equal(before);
      expect(existsSync(`${out}.checkpoints`)).to.be.false;
    });

    it('the named size does run after that, and any size when told to', async () => {
      const other = path.join(folder, 'other.safetensors');
      const call = { out: other, behaviour: { cost }, machine: small };
      await errorOf(finetune({ ...call, options: { size: 32 } }));
      await finetune({ ...call, options: { size: 16 } });
      expect(existsSync(other)).to.be.true;
      await finetune({ behaviour: { cost }, machine: small, options: { size: 32 }, ignoreMemoryLimit: true });
      expect(existsSync(out)).to.be.true;
    });

    it('refuses a disk that is too full', async () => {
      const error = await errorOf(finetune({ behaviour: { cost }, machine: { freeDisk: async () => 60e6 } }));
      expect(error.exit).to.equal(7);
      expect(error.message).to.contain(`70 MB of disk is needed and 60 MB is free: ${folder}`);
    });

    it('after refusing what another call left, engine or not', async () => {
      await errorOf(finetune({ behaviour: { failAt: 5 } }));
      const events: ProgressEvent[] = [];
      const error = await errorOf(finetune({ behaviour: { cost }, options: { seed: 2 }, events }));
      expect(error.code).to.equal('record-differs');
      expect(lines(events)).to.deep.equal([]);
    });
  });

  it('gives the result of a finished call again', async () => {
    const first = await finetune();
    const trace: string[] = [];
    expect(await finetune({ behaviour: { trace } })).to.deep.equal(first);
    expect(trace).to.deep.equal([]);
  });

  it('removes the rest of checkpoints that a killed process was removing', async () => {
    await finetune();
    const gone = spawnSync(process.execPath, ['--version']).pid;
    const rest = `${out}.${gone}-7.tmp`;
    await mkdir(path.join(rest, 'learning-0'), { recursive: true });
    await finetune();
    expect((await readdir(folder)).sort()).to.deep.equal(['cat.safetensors', 'clip', 'first.png']);
  });

  it('goes on after an interruption, to the same network', async () => {
    const whole = path.join(folder, 'whole.safetensors');
    await finetune({ out: whole });
    const controller = new AbortController();
    const trace = stoppingTrace(controller, (lines) => lines.includes('step 4'));
    const error = await errorOf(finetune({ behaviour: { trace }, signal: controller.signal }));
    expect(error.exit).to.equal(130);
    expect(existsSync(out)).to.be.false;
    const again: string[] = [];
    await finetune({ behaviour: { trace: again } });
    expect(again[0]).to.equal('step 5');
    expect((await readSafetensors(out)).tensors).to.deep.equal((await readSafetensors(whole)).tensors);
  });

  it('refuses a file of other options, and checkpoints of them, unless forced', async () => {
    await finetune();
    const error = await errorOf(finetune({ options: { iterations: 3 } }));
    expect(error.code).to.equal('record-differs');
    expect(error.message).to.contain('options.iterations: 12, now 3').and.to.contain(out);
    const { steps } = await finetune({ options: { iterations: 3 }, force: true });
    expect(steps).to.deep.equal({ 'fine-tuning': 3 });

    const other = path.join(folder, 'other.safetensors');
    await errorOf(finetune({ out: other, behaviour: { failAt: 5 } }));
    expect((await errorOf(finetune({ out: other, options: { seed: 2 } }))).code).to.equal('record-differs');
  });

  describe('from a test network', () => {
    let second: string;
    let later: string;
    const numbers = async (file: string) =>
      (await readSafetensors(file)).tensors.get('object.1.weight')!.data[0];

    beforeEach(async () => {
      second = path.join(folder, 'second.safetensors');
      later = await writeGreyMask(path.join(folder, 'later.png'), [
        [1, 6, 8, 10, 12],
        [4, 30, 2, 6, 6],
      ]);
    });

    it('goes on from its numbers, and tells where each object began', async () => {
      await finetune();
      const anew = path.join(folder, 'anew.safetensors');
      await finetune({ out: anew, masks: [`2=${later}`] });
      const { origin } = await finetune({ out: second, masks: [`2=${later}`], testNetwork: out });
      // the fake adds the same draws in every run of twelve steps
      expect(await numbers(second)).to.be.closeTo((await numbers(out)) + (await numbers(anew)), 1e-5);
      expect(origin).to.deep.include({ further: [1], fresh: [4], unchanged: [] });
      const { metadata } = await readSafetensors(second);
      const run = JSON.parse(metadata.run) as { options: { testNetwork: string }; result: FinetuneResult };
      expect(run.options.testNetwork).to.equal(out);
      const digest = createHash('sha256').update(await readFile(out)).digest('hex'); // prettier-ignore
      expect(run.result.origin.testNetwork).to.deep.equal({ file: out, sha256: digest });
    });

    it('goes on after an interruption, to the same network', async () => {
      await finetune();
      const call = { masks: [`2=${later}`], testNetwork: out };
      await finetune({ ...call, out: second });
      const stopped = path.join(folder, 'stopped.safetensors');
      const controller = new AbortController();
      const trace = stoppingTrace(controller, (lines) => lines.includes('step 4'));
      await errorOf(finetune({ ...call, out: stopped, behaviour: { trace }, signal: controller.signal }));
      await finetune({ ...call, out: stopped });
      expect(await numbers(stopped)).to.equal(await numbers(second));
    });

    it('refuses to write over it', async () => {
      await finetune();
      const error = await errorOf(finetune({ masks: [`2=${later}`], testNetwork: out, force: true }));
      expect(error.exit).to.equal(2);
      expect(error.message).to.contain('would be overwritten');
    });
  });
});
