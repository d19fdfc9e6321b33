import { Args, Flags } from '@oclif/core';
import { OsvosError } from '../errors.js';
import type { EvaluateResult } from '../jobs/evaluate.js';
import type { TruthSource } from '../jobs/evaluate-truth.js';
import type { Evaluation, ScoreName, Scores } from '../scores/evaluation.js';
import { BaseCommand } from './base-command.js';
import { dataSetFlags, parseList } from './shared-flags.js';

/** What is printed for an undefined score. */
const UNDEFINED = '–';
/** Order of the columns. */
const columns: readonly ScoreName[] = [
  'J-Mean',
  'J-Recall',
  'J-Decay',
  'F-Mean',
  'F-Recall',
  'F-Decay',
  'J&F-Mean',
];

export default class Evaluate extends BaseCommand<typeof Evaluate> {
  static override summary = 'Score masks against annotations: region similarity J and contour accuracy F.';
  static override description = [
    'RESULTS holds a folder of masks (<frame>.png) for each sequence, or the masks of one sequence, which is then',
    'named after the folder. Sequences and frames are those of the annotations; the first frame, which is given,',
    'and the last do not count. davis-2016 scores all that is not 0 as one object and averages over sequences;',
    'davis-2017 scores each object id and averages over objects. Scores are computed anew each time. --json prints',
    'them as fractions, with those of every frame, and null where they are undefined. Masks that look like a mistake',
    '(the annotations themselves, the first mask repeated, an object lost for long, a frame all object) are warned of.',
  ].join(' ');
  static override examples = [
    '<%= config.bin %> <%= command.id %> runs/a --davis DAVIS --split val',
    '<%= config.bin %> <%= command.id %> runs/my-clip --annotations my-clip-truth --json',
  ];

  static override args = {
    results: Args.string({
      required: true,
      name: 'RESULTS',
      description: 'Folder of masks, such as the --out of a run.',
    }),
  };

  static override flags = {
    davis: dataSetFlags.davis,
    split: dataSetFlags.split,
    annotations: Flags.string({
      summary:
        'In the place of --davis, a folder of annotations: PNG files of one sequence, or a folder for each.',
      helpGroup: 'INPUT',
      helpValue: 'DIR',
    }),
    sequences: Flags.custom<string[]>({
      parse: async (text) => parseList(text),
      summary: 'Only these sequences, separated by commas.',
      helpGroup: 'INPUT',
      helpValue: 'A,B',
    })(),
    protocol: Flags.option({
      options: ['davis-2016', 'davis-2017'] as const,
      summary: 'Way of scoring; by default 2016 where the annotations are black and white, else 2017.',
    })(),
    threads: Flags.integer({
      min: 1,
      env: 'OSVOS_THREADS',
      summary: 'Processor threads; all cores by default. Scores do not depend on them.',
      helpValue: 'N',
    }),
    csv: Flags.string({
      summary: 'Also write the official tables to this folder; those of an earlier call are replaced.',
      helpGroup: 'OUTPUT',
      helpValue: 'DIR',
    }),
  };

  async run(): Promise<Evaluation & Pick<EvaluateResult, 'warnings'>> {
    const { protocol, sequences, csv, threads } = this.flags;
    const { evaluate } = await import('../jobs/evaluate.js');
    const progress = await this.progress();
    const { report } = progress;
    const result = await evaluate({
      results: this.args.results,
      truth: this.truth(),
      protocol,
      sequences,
      csv,
      threads,
      report,
    });
    progress.finish();
    if (this.jsonEnabled()) report({ kind: 'note', text: describeProtocol(result) });
    this.log(describeProtocol(result));
    this.log(await describeScores(result));
    return { global: result.global, objects: result.objects, warnings: result.warnings };
  }

  private truth(): TruthSource {
    const { davis, split, annotations } = this.flags;
    if (annotations !== undefined && davis !== undefined) {
      throw new OsvosError('usage', '--davis and --annotations exclude each other', '', 'give one of them');
    }
    if (annotations !== undefined) return { annotations };
    if (davis !== undefined && split !== undefined) return { davis, split };
    const what = davis === undefined ? 'nothing to score against' : 'which split of the data set?';
    throw new OsvosError('usage', what, '', 'give --davis ROOT --split NAME, or --annotations DIR');
  }
}

function describeProtocol({ protocol, sequences, frames, scored }: EvaluateResult): string {
  const average =
    protocol === 'davis-2016'
      ? 'one object, mean over sequences'
      : 'each object by its id, mean over objects';
  const count = `${scored} of ${frames} frames in ${sequences} ${sequences === 1 ? 'sequence' : 'sequences'} count`;
  return `Protocol ${protocol}: ${average}; ${count}: all but the first and the last of each.`;
}

async function describeScores(result: EvaluateResult): Promise<string> {
  const { formatTable } = await import('../terminal/table.js');
  const rows: [string, Scores][] = Object.entries(result.objects);
  return formatTable(
    [...rows, ['mean', result.global] as [string, Scores]],
    [
      { title: 'object', value: ([name]) => name },
      ...columns.map((name) => ({
        title: name,
        value: ([, scores]: [string, Scores]) => scores[name]?.toFixed(3) ?? UNDEFINED,
        align: 'right' as const,
      })),
    ],
  );
}
