/** What a contender was asked for and what answered, by its records. */
import type { RunDetails } from '../report/comparison.js';
import type { ComparedClip, ComparedDataSet } from './compare-contenders.js';
import type { RunRecord } from './run-record.js';

/**
 * Of the first record, with the seeds of all; undefined without records.
 *
 * @param label the variant, where `osvos segment` can do the same
 */
export function detailsOf(
  label: string | undefined,
  input: ComparedDataSet | ComparedClip,
  records: readonly RunRecord[],
): RunDetails | undefined {
  if (records.length === 0) return undefined;
  const { options, seed, weights, engine, threads, versions } = records[0];
  const threading = threads === 1 ? '1 thread' : `${threads} threads`;
  return {
    command: label === undefined ? undefined : commandOf(label, seed, input),
    ...{ options, weights, versions },
    seeds: [...new Set(records.map((record) => record.seed))],
    engine: [`${engine.name} (${engine.device})`, engine.precision ?? 'f32', threading].join(', '),
    notes: [...new Set(records.flatMap(({ notes }) => notes))],
  };
}

/** The command that does the same alone, as a shell reads it; where its masks go is left to it. */
function commandOf(label: string, seed: number, input: ComparedDataSet | ComparedClip): string {
  const [method, ...variant] = label.split('@');
  const given = variant.some((option) => option.startsWith('seed=')) ? [] : [`--seed=${seed}`];
  const words = ['--method', method, ...variant.map((option) => `--${option}`), ...given];
  return ['osvos', 'segment', ...inputWords(input), ...words].map(quote).join(' ');
}

function inputWords(input: ComparedDataSet | ComparedClip): string[] {
  const flag = (name: string, value: string | undefined) => (value === undefined ? [] : [`--${name}`, value]);
  if ('root' in input)
    return [
      ...flag('davis', input.root),
      ...flag('split', input.split),
      ...flag('sequences', input.sequences?.join()),
    ];
  const masks = input.masks.flatMap((mask) => flag('mask', mask));
  return [input.source, ...masks, ...flag('from', input.from), ...flag('to', input.to)];
}

function quote(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
