import { Flags } from '@oclif/core';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import type { Comparison } from '../report/comparison.js';
import { BaseCommand } from './base-command.js';
import { dataSetFlags, engineFlags, engineOptions, parseList } from './shared-flags.js';
import { parseVariant, splitVariants } from './variants.js';

export default class Compare extends BaseCommand<typeof Compare> {
  static override summary =
    'Compare methods on the same sequences: accuracy, time and memory, from one command.';
  static override description =
    'Each method segments each sequence from its first annotation, as osvos segment does, and all are scored. A method may be followed ' +
    'by flags of osvos segment, each after an @ and without its dashes: osvos@iterations=50, osvos@no-fine-tuning@snap=ucm. ' +
    'The same command goes on where it stopped: what is finished is not done again.';
  static override examples = [
    {
      description: 'Online against offline',
      command:
        '<%= config.bin %> <%= command.id %> --davis DAVIS --split val --methods osvos,stm,kmn,stcn --out runs/first',
    },
    {
      description: 'What a kernel is worth',
      command:
        '<%= config.bin %> <%= command.id %> --davis DAVIS --split val --methods stm,stm@kernel=7,kmn --out runs/kernel',
    },
  ];

  static override flags = {
    ...dataSetFlags,
    methods: Flags.string({
      char: 'm',
      required: true,
      summary: 'What is compared, separated by commas: methods, each with options if wished.',
      helpGroup: 'METHOD',
      helpValue: 'M[@OPTION[=VALUE]…],…',
    }),
    seeds: Flags.custom<number[]>({
      parse: async (text) => parseSeeds(text),
      summary: 'Run each with each of these seeds; tables then say mean ± standard deviation.',
      helpGroup: 'METHOD',
      helpValue: 'N,N',
    })(),
    reference: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      summary:
        'What others found, to stand in the tables too: published scores (JSON of the DAVIS site), or a folder of masks; may be repeated.',
      helpGroup: 'INPUT',
      helpValue: '[NAME=]FILE|DIR',
    }),
    jobs: Flags.integer({
      min: 1,
      default: 1,
      summary:
        'Methods that run at once, each with its share of the cores; times are then those of a busy machine.',
      helpGroup: 'ENGINE',
      helpValue: 'N',
    }),
    out: Flags.string({
      char: 'o',
      default: path.join('runs', 'compare'),
      summary: 'Folder for masks, records, scores and tables.',
      helpGroup: 'OUTPUT',
      helpValue: 'DIR',
    }),
    force: Flags.boolean({ summary: 'Do again what other runs left in the folder.', helpGroup: 'OUTPUT' }),
    ...engineFlags,
  };

  async run(): Promise<Comparison> {
    const { davis, split, sequences, methods, seeds, jobs, out, force } = this.flags;
    if (davis === undefined || split === undefined) {
      throw new OsvosError('usage', 'nothing to compare on', '', 'give --davis ROOT --split NAME');
    }
    const contenders = await Promise.all(splitVariants(methods).map(parseVariant));
    if (contenders.length === 0) throw new OsvosError('usage', 'no method is named', `--methods ${methods}`);
    const { parseReference } = await import('../jobs/compare-references.js');
    const { compareOnDataSet } = await import('../jobs/compare.js');
    const { plainTable } = await import('../report/comparison-tables.js');
    const { formatTable } = await import('../terminal/table.js');
    const { report, finish } = await this.progress();
    const comparison = await compareOnDataSet({
      ...{ contenders, seeds, jobs, out, force, report, engine: engineOptions(this.flags) },
      davis: { root: davis, split, sequences },
      references: (this.flags.reference ?? []).map(parseReference),
      signal: await this.interruptSignal(),
    });
    finish();
    const [titles, ...rows] = plainTable(comparison);
    const columns = titles.map((title, i) => ({
      title,
      value: (row: string[]) => row[i],
      align: i === 0 ? ('left' as const) : ('right' as const),
    }));
    this.log(formatTable(rows, columns));
    return comparison;
  }
}

/** Throws `usage`. */
function parseSeeds(text: string): number[] {
  const seeds = parseList(text).map(Number);
  const whole = seeds.every((seed) => Number.isInteger(seed) && seed >= 0);
  if (whole && seeds.length > 0 && new Set(seeds).size === seeds.length) return seeds;
  throw new OsvosError(
    'usage',
    'no list of different whole numbers from 0',
    `--seeds ${text}`,
    'for example --seeds 0,1,2',
  );
}
