/** Errors → what the user reads and the exit code. The only place that ends the process. */
import type { OsvosError } from '../errors.js';

/** Exit code of a fault in the program itself. */
const BUG = 1;

export const reportAddress =
  'please report it, with this command’s output under --verbose, to the project’s issue tracker';

export interface FailureView {
  /** Print a JSON object to stdout in place of a line to stderr. */
  json: boolean;
  /** Add the stack trace. */
  verbose: boolean;
}

export interface Failure {
  exit: number;
  stdout: string;
  stderr: string;
}

/**
 * What an error looks like to a user: one line however narrow the terminal, since lines that are wrapped cannot be
 * searched for or copied. Under `json` an object `{"error": {code, message, exit, …}}`.
 */
export function describeFailure(error: unknown, view: FailureView): Failure {
  const fault = classify(error);
  if (fault.message === '') return { exit: fault.exit, stdout: '', stderr: '' };
  const stack = view.verbose && error instanceof Error ? stackOf(error) : undefined;
  if (view.json) {
    return {
      exit: fault.exit,
      stdout: `${JSON.stringify({ error: { ...fault, stack } }, null, 2)}\n`,
      stderr: '',
    };
  }
  const lines = [`${fault.code === 'bug' ? 'Bug' : 'Error'}: ${fault.message}`];
  if (stack !== undefined) lines.push(stack);
  return { exit: fault.exit, stdout: '', stderr: lines.map((line) => `${line}\n`).join('') };
}

/** Whether `--json` stands among the flags, and likewise `--verbose`: for errors before a command has parsed them. */
export function viewOf(argv: readonly string[]): FailureView {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  return {
    json: flags.includes('--json'),
    verbose: flags.includes('--verbose') || flags.includes('-v') || Boolean(process.env.DEBUG),
  };
}

/** Prints what went wrong and ends the process, once both streams have taken all that was written to them. */
export async function endWithFailure(
  error: unknown,
  argv: readonly string[] = process.argv.slice(2),
): Promise<never> {
  const failure = describeFailure(error, viewOf(argv));
  await Promise.all([written(process.stdout, failure.stdout), written(process.stderr, failure.stderr)]);
  process.exit(failure.exit);
}

/** Ends the process at once, with nothing said: for a second interruption. */
export function endNow(exit: number): never {
  process.exit(exit);
}

/**
 * A reader that has had enough (`osvos … | head`) ends the program quietly. Progress that nobody reads any more is
 * no reason to stop.
 */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

interface Fault {
  code: string;
  message: string;
  exit: number;
  what?: string;
  where?: string;
  remedy?: string;
}

function classify(error: unknown): Fault {
  if (isOsvosError(error)) {
    const { code, message, exit, what, where, remedy } = error;
    return { code, message: oneLine(message), exit, what, where, remedy };
  }
  if (!(error instanceof Error)) return bug(String(error));
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return { code: 'EPIPE', message: '', exit: 0 };
  const exit = oclifExit(error);
  if (exit === undefined) return bug(error.message || error.name);
  // `this.exit()` is no error, only a way out
  if ((error as NodeJS.ErrnoException).code === 'EEXIT') return { code: 'exit', message: '', exit };
  return { code: 'usage', message: usageLine(error.message), exit };
}

/** By name, not class: under a test runner or a linked package the class can be there twice. */
function isOsvosError(error: unknown): error is OsvosError {
  return error instanceof Error && error.name === 'OsvosError';
}

function bug(message: string): Fault {
  return { code: 'bug', message: `${oneLine(message)}: ${reportAddress}`, exit: BUG };
}

/** Exit code that oclif hung on one of its own errors; undefined for all others. */
function oclifExit(error: Error): number | undefined {
  const { oclif } = error as { oclif?: { exit?: number } };
  return typeof oclif?.exit === 'number' ? oclif.exit : undefined;
}

/** oclif puts a heading before its usage errors, one error on each line, and `See more help with --help` at the end. */
function usageLine(message: string): string {
  const [text] = message.replace(/^The following errors? occurred:\s*/, '').split('\nSee more help');
  const errors = text.split('\n').map((line) => line.trim());
  return `${errors.filter((line) => line !== '').join('; ')}: see --help`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

/** Resolves when `text` has left the process; a pipe would lose it in `process.exit`. Errors end the wait too. */
function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()));
}
