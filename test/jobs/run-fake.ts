/** Runs the segmentation jobs with the fake method. */
import type { Engine } from '../../src/engine/engine.js';
import { OsvosError } from '../../src/errors.js';
import type { Machine } from '../../src/jobs/machine.js';
import { clipOutput } from '../../src/jobs/output-folder.js';
import type { RunRecord } from '../../src/jobs/run-record.js';
import { segmentClip } from '../../src/jobs/segment-clip.js';
import { readInput } from '../../src/jobs/segment-input.js';
import { parseMaskFlags } from '../../src/jobs/segment-mask-flag.js';
import { masksOnly, type SegmentServices, type SegmentSettings } from '../../src/jobs/segment-options.js';
import type { ProgressEvent } from '../../src/progress.js';
import { fakeMethod, type FakeBehaviour, type FakeOptions } from './fake-method.js';

export const plainSettings: SegmentSettings = { ...masksOnly, threshold: 0.5 };

/** One multiply-add or byte a second, and room for all. */
const slow = { forward: 1, backward: 1, moved: 1 };
export const ampleMachine: Machine = {
  freeMemory: () => 1e15,
  residentMemory: () => 1e8,
  freeDisk: async () => 1e15,
  speeds: async () => ({ learning: slow, segmenting: slow, source: 'measured now' }),
  formerSpeeds: async () => undefined,
  expectedEngine: async () => undefined,
  remember: async () => undefined,
};

export interface FakeRun {
  source: string;
  masks: string[];
  out: string;
  from?: string;
  to?: string;
  options?: Partial<FakeOptions>;
  settings?: Partial<SegmentSettings>;
  behaviour?: FakeBehaviour;
  engine?: Partial<Engine>;
  machine?: Partial<Machine>;
  signal?: AbortSignal;
  events?: ProgressEvent[];
}

export function fakeServices(
  run: Pick<FakeRun, 'engine' | 'machine' | 'events' | 'behaviour' | 'signal'>,
): SegmentServices<FakeOptions> {
  return {
    method: { name: 'fake', load: async () => fakeMethod(run.behaviour) },
    engine: { engine: 'cpu' },
    machine: { ...ampleMachine, ...run.machine },
    startEngine: async () => ({
      ...{ name: 'cpu', device: 'cpu', threads: 1, version: '0', precision: 'f32' },
      ...run.engine,
    }),
    tensors: async () => ({ version: '0', count: () => 0 }),
    weights: async () => [{ name: 'fake-parent', sha256: 'ab' }],
    report: (event) => run.events?.push(event),
    signal: run.signal,
  };
}

export const fakeOptions: FakeOptions = { size: 16, seed: 1, iterations: 12 };

export async function runFake(run: FakeRun): Promise<RunRecord> {
  const services = fakeServices(run);
  const options = { ...fakeOptions, ...run.options };
  const settings = { ...plainSettings, ...run.settings };
  const { source, from, to } = run;
  const masks = parseMaskFlags(run.masks);
  const request = { source, from, to, masks, objects: options.objects, fitMask: settings.fitMask };
  const input = await readInput(request, services.report);
  return segmentClip({ input, paths: clipOutput(run.out, input.clip.name), options, settings }, services);
}

/** A trace that aborts as soon as `when` says yes to the lines so far: the step or frame under way is then finished. */
export function stoppingTrace(
  controller: AbortController,
  when: (trace: readonly string[]) => boolean,
): string[] {
  const trace: string[] = [];
  trace.push = (...lines) => {
    const length = Array.prototype.push.apply(trace, lines);
    if (when(trace)) controller.abort();
    return length;
  };
  return trace;
}

/** The error that a promise ends with; fails when it ends well. */
export async function errorOf(promise: Promise<unknown>): Promise<OsvosError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OsvosError) return error;
    throw error;
  }
  throw new Error('it ended well');
}
