import { Command, Flags, type Interfaces } from '@oclif/core';
import { OsvosError } from '../errors.js';
import type { Interruption } from '../terminal/interrupt.js';
import type { Reporter } from '../terminal/progress.js';

export type FlagsOf<T extends typeof Command> = Interfaces.InferredFlags<
  (typeof BaseCommand)['baseFlags'] & T['flags']
>;
export type ArgsOf<T extends typeof Command> = Interfaces.InferredArgs<T['args']>;

/**
 * What all commands share: the global flags, progress on stderr, interruption, errors with exit codes.
 * A command has a result, which `run` returns: it prints it by `this.log`, which is silent under `--json`.
 *
 * @example
 * export default class Verify extends BaseCommand<typeof Verify> {
 *   static summary = 'Check the weight files.'
 *   async run() { const { verifyAll } = await import('../../jobs/weights-verify.js'); … this.flags.quiet … }
 * }
 */
export abstract class BaseCommand<T extends typeof Command> extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    quiet: Flags.boolean({
      char: 'q',
      summary: 'Print results, warnings and errors only.',
      helpGroup: 'GLOBAL',
    }),
    verbose: Flags.boolean({
      char: 'v',
      summary: 'Print where in the program an error arose, and kernels that engine torch had to borrow.',
      helpGroup: 'GLOBAL',
    }),
    'no-color': Flags.boolean({ summary: 'Print without colour, as NO_COLOR does.', helpGroup: 'GLOBAL' }),
  };

  protected flags!: FlagsOf<T>;
  protected args!: ArgsOf<T>;
  /** Flags that were written, not filled in by a default or from the environment. */
  protected givenFlags: ReadonlySet<string> = new Set();
  private reporter?: Reporter;
  private interruption?: Interruption;

  override async init(): Promise<void> {
    await super.init();
    const { args, flags, raw } = await this.parse({
      flags: this.ctor.flags,
      baseFlags: this.ctor.baseFlags,
      enableJsonFlag: this.ctor.enableJsonFlag,
      args: this.ctor.args,
      strict: this.ctor.strict,
    });
    this.flags = flags as FlagsOf<T>;
    this.args = args as ArgsOf<T>;
    this.givenFlags = new Set(raw.flatMap((token) => (token.type === 'flag' ? [token.flag] : [])));
    if (this.flags['no-color']) process.env.NO_COLOR = '1';
  }

  /** Progress on stderr; made when first asked for. `run` calls `finish()` before it prints its result. */
  protected async progress(): Promise<Reporter> {
    const { createReporter } = await import('../terminal/progress.js');
    this.reporter ??= createReporter({ quiet: this.flags.quiet });
    return this.reporter;
  }

  /** Aborts at the first Ctrl-C or SIGTERM; the second ends the process with 130. */
  protected async interruptSignal(): Promise<AbortSignal> {
    const { onInterrupt } = await import('../terminal/interrupt.js');
    const { report } = await this.progress();
    this.interruption ??= onInterrupt((text) => report({ kind: 'note', text }));
    return this.interruption.signal;
  }

  /** Hands the error on to bin/run.js, which prints it and ends the process by terminal/exit.ts. */
  override async catch(error: Error): Promise<never> {
    if (error instanceof OsvosError) Object.assign(error, { oclif: { exit: error.exit } });
    throw error;
  }

  override async finally(error: Error | undefined): Promise<void> {
    this.reporter?.finish();
    this.interruption?.release();
    if (this.flags?.verbose) await this.tellBorrowed();
    await super.finally(error);
  }

  /** Kernels that ran as plain JavaScript cost speed, so they are named. */
  private async tellBorrowed(): Promise<void> {
    const { borrowedCalls } = await import('../engine/torch/kernels/borrowed.js');
    const list = [...borrowedCalls()].map(([name, calls]) => `${name} ×${calls}`);
    if (list.length > 0) process.stderr.write(`engine torch ran kernels of engine cpu: ${list.join(', ')}\n`);
  }
}
