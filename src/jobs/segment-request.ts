/** A segmentation as it is asked for, and while it is under way. */
import type { Method } from '../methods/method.js';
import type { Report } from '../progress.js';
import type { Clock } from './clock.js';
import type { OutputPaths } from './output-folder.js';
import type { RunRecord } from './run-record.js';
import type { SegmentInput } from './segment-input.js';
import type { CommonOptions, SegmentServices, SegmentSettings } from './segment-options.js';

export interface SegmentRequest<Options extends CommonOptions> {
  input: SegmentInput;
  paths: OutputPaths;
  options: Options;
  settings: SegmentSettings;
}

/** A request under way. */
export interface SegmentRun<Options extends CommonOptions> extends SegmentRequest<Options> {
  method: Method<Options>;
  services: SegmentServices<Options>;
  record: RunRecord;
  clock: Clock;
  /** Also keeps warnings and steps in the record. */
  report: Report;
}
