import type { Command } from '@oclif/core';
import type { Report } from '../../progress.js';
import { BaseCommand } from '../base-command.js';

/** What every export runs with. */
export interface Running {
  force: boolean;
  report: Report;
  signal: AbortSignal;
}

/** What the exports share: progress, notes on stderr, one line about what was written on stdout. */
export abstract class ExportCommand<T extends typeof Command> extends BaseCommand<T> {
  protected async perform<R extends { notes: readonly string[] }>(
    work: (running: Running) => Promise<R>,
    describe: (result: R) => string,
  ): Promise<R> {
    const { report, finish } = await this.progress();
    const force = Boolean((this.flags as { force?: boolean }).force);
    const result = await work({ force, report, signal: await this.interruptSignal() });
    finish();
    for (const text of result.notes) report({ kind: 'note', text });
    this.log(describe(result));
    return result;
  }
}
