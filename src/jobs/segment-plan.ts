/** What a segmentation would do, for `--dry-run`: everything is checked, nothing is written. */

import { lookAtOutput } from './output-folder.js';
import type { RunRecord } from './run-record.js';
import { identifyRun } from './segment-clip.js';
import type { CommonOptions, SegmentServices } from './segment-options.js';
import type { SegmentRequest } from './segment-request.js';

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
}

/** Throws what `segmentClip` would throw before its first expensive second. */
export async function planSegmentation<Options extends CommonOptions>(
  request: SegmentRequest<Options>,
  services: Pick<SegmentServices<Options>, 'method' | 'weights'>,
): Promise<SegmentPlan> {
  const { input, paths, settings } = request;
  const identity = await identifyRun(request, services);
  const { former, replace } = await lookAtOutput(paths, identity, settings.force);
  const { first, last, frames, size, networkSize } = identity.input;
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
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== false);
  return [
    `clip     ${clip}: ${frames} frames, ${first} … ${last}`,
    `size     ${size} frames, network sees ${networkSize}`,
    `masks    ${annotations.length > 0 ? `frame ${annotations.join(', ')}` : 'none'}; object ${objects.join(', ')}`,
    `method   ${method}: ${given.map(([name, value]) => `${name} ${String(value)}`).join(', ')}`,
    `output   ${out} (${state})`,
    'nothing was written: --dry-run',
  ].join('\n');
}
