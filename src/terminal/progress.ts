/** How long work looks: bars on a terminal, a plain line every few seconds elsewhere, nothing when quiet. */
import type { Writable } from 'node:stream';
import progress from 'cli-progress';
import type { Report } from '../progress.js';
import { mayColour } from './colour.js';
import { describeStep, type StageState } from './stage-line.js';

/** Between two lines where there is no terminal, ms. */
const LINE_INTERVAL = 5000;
/** Redraws of the bar per second, at most. */
const REDRAWS = 10;
/** Cells of the bar itself. */
const BAR_CELLS = 24;

export interface ReporterOptions {
  /** No progress and no notes; warnings stay. */
  quiet?: boolean;
  stream?: Writable & { isTTY?: boolean; columns?: number };
  /** Milliseconds; a clock of one's own for tests. */
  now?: () => number;
  environment?: NodeJS.ProcessEnv;
}

export interface Reporter {
  report: Report;
  /** Takes the bar away and prints how the last stage ended. Call it before results are printed. */
  finish: () => void;
  /** Every warning so far, for the run record. */
  readonly warnings: string[];
}

/** Shows progress events on `stream`, by default stderr: results alone go to stdout. */
export function createReporter(options: ReporterOptions = {}): Reporter {
  const { quiet = false, stream = process.stderr, now = Date.now, environment = process.env } = options;
  const animated = stream.isTTY === true && environment.TERM !== 'dumb' && !environment.CI && !quiet;
  const yellow = (text: string) => (mayColour(stream, environment) ? `\u001b[33m${text}\u001b[39m` : text);
  const warnings: string[] = [];
  let stage: StageState | undefined;
  let bar: progress.SingleBar | undefined;
  let lastLine = 0;

  const write = (text: string) => {
    if (bar) hideBar();
    stream.write(`${text}\n`);
    if (stage && animated) showBar(stage);
  };
  const showBar = (state: StageState) => {
    bar = new progress.SingleBar({
      // our own text: the rate, and the time left from the fifth step on
      format: (_, { progress: share }) => barLine(state, share, now()),
      stream,
      fps: REDRAWS,
      hideCursor: false,
      clearOnComplete: true,
      // an interruption is answered in interrupt.ts; a listener here would keep Node from ending
      gracefulExit: false,
    });
    bar.start(state.total ?? 0, state.done);
  };
  const hideBar = () => {
    bar?.stop();
    bar = undefined;
  };
  const endStage = () => {
    hideBar();
    if (stage && stage.done > (stage.start ?? 0) && !quiet) stream.write(`${describeStep(stage, now())}\n`);
    stage = undefined;
  };

  const report: Report = (event) => {
    switch (event.kind) {
      case 'stage':
        endStage();
        stage = { ...event, name: event.stage, done: event.start ?? 0, began: now() };
        lastLine = now();
        if (animated) showBar(stage);
        else if (!quiet) stream.write(`${stage.name} …\n`);
        break;
      case 'step':
        if (!stage) return;
        stage.done = event.done;
        stage.detail = event.detail;
        stage.left = event.left;
        if (bar) bar.update(event.done);
        else if (!quiet && now() - lastLine >= LINE_INTERVAL) {
          stream.write(`${describeStep(stage, now())}\n`);
          lastLine = now();
        }
        break;
      case 'note':
        if (!quiet) write(event.text);
        break;
      case 'warning':
        warnings.push(event.text);
        write(`${yellow('Warning:')} ${event.text}`);
        break;
    }
  };
  return { report, finish: endStage, warnings };
}

function barLine(state: StageState, share: number, now: number): string {
  if (state.total === undefined) return describeStep(state, now);
  const full = Math.round(share * BAR_CELLS);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${describeStep(state, now)}`;
}
