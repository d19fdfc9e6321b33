/** What a segmentation would do, for `--dry-run`: everything is checked, nothing is written. */

import type { Engine } from '../engine/engine.js';
import { describeEstimate, type Estimate } from './estimate.js';
import { refuseUnfitView } from './memory-view.js';
import { lookAtOutput } from './output-folder.js';
import type { RunRecord } from './run-record.js';
import { identifyRun } from './segment-clip.js';
import { estimateClip } from './segment-estimate.js';
import type { CommonOptions, SegmentServices } from './segment-options.js';
import type { SegmentRequest } from './segment-request.js';
import { describeSmallObjects } from './small-objects.js';

export interface SegmentPlan {
  dryRun: true;
  clip: string;
  /** Names of the first and last frame, and how many there are. */
  first: string;
  last: string;
  frames: number;
  /** `854×480`. */
  size: string;
  networkSize: string;
  /** Frames with masks. */
  annotations: string[];
  objects: number[];
  method: string;
  options: Record<string, unknown>;
  out: string;
  /** What is in the output folder. */
  state: 'new' | 'overwrites' | 'goes on' | 'finished';
  /** What it will take; left out where nothing is left to do, or the method foretells nothing. */
  estimate?: PlannedEstimate;
  warnings: string[];
}

export interface PlannedEstimate {
  /** Left out where no former run has told the speed of the engine. */
  seconds?: number;
  memoryMB: number;
  diskMB: number;
  /** As a line. */
  text: string;
}

function planned(estimate: Estimate, engine: Engine | undefined): PlannedEstimate {
  const { seconds, memory, disk } = estimate;
  return {
    seconds: seconds && Math.round(seconds.learning + seconds.segmenting),
    memoryMB: Math.round(memory / 1e6),
    diskMB: Math.ceil(disk / 1e6),
    text: describeEstimate(estimate, engine?.device ?? 'cpu'),
  };
}

/** Throws what `segmentClip` would throw before its first expensive second. */
export async function planSegmentation<Options extends CommonOptions>(
  request: SegmentRequest<Options>,
  services: Pick<SegmentServices<Options>, 'method' | 'weights' | 'machine' | 'engine'>,
): Promise<SegmentPlan> {
  const { input, paths, settings } = request;
  const identity = await identifyRun(request, services);
  const { former, replace } = await lookAtOutput(paths, identity, settings.force);
  const { first, last, frames, size, networkSize } = identity.input;
  const { machine } = services;
  const method = await services.method.load();
  refuseUnfitView(settings.vizMemory, method, input.clip);
  const engine = await machine.expectedEngine(services.engine);
  const goesOn = former !== undefined;
  const foresight = await estimateClip({ request, method, machine, goesOn, engine, started: false });
  return {
    dryRun: true,
    clip: input.clip.name,
    ...{ first, last, frames, size, networkSize },
    annotations: identity.annotations.map(({ frame }) => frame),
    objects: input.objects,
    method: identity.method,
    options: identity.options,
    out: paths.folder,
    state: stateOf(former, replace),
    estimate: foresight && former?.status !== 'finished' ? planned(foresight.estimate, engine) : undefined,
    warnings: foresight
      ? describeSmallObjects(input.masks, request.options, foresight.cost.finestStride, method)
      : [],
  };
}

function stateOf(former: RunRecord | undefined, replace: boolean): SegmentPlan['state'] {
  if (former) return former.status === 'finished' ? 'finished' : 'goes on';
  return replace ? 'overwrites' : 'new';
}

/** One line for each thing, as the terminal shows it. */
export function describePlan(plan: SegmentPlan): string {
  const { clip, first, last, frames, size, networkSize, annotations, objects, method, options, out, state } =
    plan;
  const { estimate, warnings } = plan;
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== false);
  return [
    `clip     ${clip}: ${frames} frames, ${first} … ${last}`,
    `size     ${size} frames, network sees ${networkSize}`,
    `masks    ${annotations.length > 0 ? `frame ${annotations.join(', ')}` : 'none'}; object ${objects.join(', ')}`,
    `method   ${method}: ${given.map(([name, value]) => `${name} ${describeValue(value)}`).join(', ')}`,
    `output   ${out} (${state})`,
    ...(estimate ? [`takes    ${estimate.text}`] : []),
    ...warnings.map((text) => `warning  ${text}`),
    'nothing was written: --dry-run',
  ].join('\n');
}

/** Of what has parts, such as how masks are snapped, the rule alone. */
function describeValue(value: unknown): string {
  return typeof value === 'object' && value !== null && 'rule' in value ? String(value.rule) : String(value);
}
