/** Clips or sequences one after the other: what goes wrong with one does not stop the others. */
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';

export interface Turn<T> {
  /** Stands before all that is told of it. */
  name: string;
  run: (report: Report) => Promise<T>;
}

interface Failure {
  name: string;
  error: OsvosError;
}

/**
 * Runs all turns, also after one has failed, and gives their results.
 *
 * @param unit what they are, for the error: `clips`
 * @throws OsvosError at the end, with the code of the first failure, naming those that failed and those that are
 * finished; a single turn's own error; at once `interrupted`, `engine` (it would fail for all) and any fault of the
 * program
 */
export async function segmentInTurn<T>(
  turns: readonly Turn<T>[],
  unit: string,
  report: Report,
): Promise<T[]> {
  const results: T[] = [];
  const finished: string[] = [];
  const failures: Failure[] = [];
  for (const { name, run } of turns) {
    try {
      results.push(await run(nameTurn(report, name)));
      finished.push(name);
    } catch (error) {
      if (turns.length === 1 || !concernsOne(error)) throw error;
      failures.push({ name, error });
      report({ kind: 'warning', text: `${name} failed: ${error.message}` });
    }
  }
  if (failures.length > 0) throw summarise(failures, finished, unit);
  return results;
}

function concernsOne(error: unknown): error is OsvosError {
  return error instanceof OsvosError && error.code !== 'interrupted' && error.code !== 'engine';
}

function summarise(failures: Failure[], finished: string[], unit: string): OsvosError {
  const [{ error: first }] = failures;
  return new OsvosError(
    first.code,
    `${failures.length} of ${failures.length + finished.length} ${unit} failed`,
    failures.map(({ name, error }) => `${name} (${error.message})`).join('; '),
    `${finished.length > 0 ? `finished: ${finished.join(', ')}; ` : ''}the same command does only what is missing`,
    { cause: first },
  );
}

/** Puts the name before all that is told. */
function nameTurn(report: Report, name: string): Report {
  return (event) => {
    if (event.kind === 'step') report(event);
    else if (event.kind === 'stage') report({ ...event, stage: `${name}: ${event.stage}` });
    else report({ ...event, text: `${name}: ${event.text}` });
  };
}
