import { Args, Flags } from '@oclif/core';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import type { CompareOptions } from '../jobs/compare-runs.js';
import type { Comparison } from '../report/comparison.js';
import { BaseCommand } from './base-command.js';
import { maskFlag } from './osvos-flags.js';
import { dataSetFlags, engineFlags, engineOptions, parseList, shardFlag } from './shared-flags.js';
import { parseContenders, parseSweep, type Sweep } from './variants.js';

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
      description: 'On a clip of your own: pictures, agreement, time',
      command:
        '<%= config.bin %> <%= command.id %> clip.mp4 --mask first.png --methods osvos,kmn --out runs/mine',
    },
    {
      description: 'In two parts, and both together',
      command:
        '<%= config.bin %> <%= command.id %> --davis DAVIS --split val --methods osvos,kmn --shard 1/2 --out runs/a; … --shard 2/2 --out runs/b; … --merge runs/a --merge runs/b --out runs/both',
    },
    {
      description: 'What seconds of fine-tuning are worth, methods without it beside',
      command:
        '<%= config.bin %> <%= command.id %> --davis DAVIS --split val --methods osvos,stcn --sweep iterations=0,50,200 --out runs/time',
    },
    {
      description: 'What each mask more is worth, drawn where the result was worst',
      command:
        '<%= config.bin %> <%= command.id %> --davis DAVIS --split val --methods osvos --annotations-per-sequence 1,2,3,4 --out runs/refined',
    },
    {
      description: 'What a kernel is worth',
      command:
        '<%= config.bin %> <%= command.id %> --davis DAVIS --split val --methods stm,stm@kernel=7,kmn --out runs/kernel',
    },
  ];

  static override args = {
    clip: Args.string({
      name: 'CLIP',
      description: 'Folder of frames, or video file (with ffmpeg), in the place of a data set.',
    }),
  };

  static override flags = {
    mask: maskFlag(),
    from: Flags.string({ summary: 'First frame: name or number.', helpGroup: 'INPUT', helpValue: 'FRAME' }),
    to: Flags.string({ summary: 'Last frame: name or number.', helpGroup: 'INPUT', helpValue: 'FRAME' }),
    ...dataSetFlags,
    ...shardFlag,
    merge: Flags.string({
      dependsOn: ['davis'],
      exclusive: ['shard'],
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Take over what a shard finished in another folder; may be repeated.',
      helpGroup: 'INPUT',
      helpValue: 'DIR',
    }),
    methods: Flags.string({
      char: 'm',
      required: true,
      summary: 'What is compared, separated by commas: methods, each with options if wished.',
      helpGroup: 'METHOD',
      helpValue: 'M[@OPTION[=VALUE]…],…',
    }),
    sweep: Flags.custom<Sweep>({
      parse: async (text) => parseSweep(text),
      summary:
        'Run each method that has this option with each of these values; the report draws accuracy against time.',
      helpGroup: 'METHOD',
      helpValue: 'OPTION=V,V',
    })(),
    'annotations-per-sequence': Flags.custom<number[]>({
      dependsOn: ['davis'],
      parse: async (text) => parseCounts(text),
      summary:
        'Give each sequence so many annotations: its first, then those of the frames where the last result was worst; the report draws J against their number.',
      helpGroup: 'INPUT',
      helpValue: 'N,N',
    })(),
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
    const { methods, sweep, seeds, jobs, out, force } = this.flags;
    const contenders = await parseContenders(methods, sweep);
    const { report, finish } = await this.progress();
    const common = { contenders, seeds, jobs, out, force, report, engine: engineOptions(this.flags) };
    const comparison = await this.compare({ ...common, signal: await this.interruptSignal() });
    finish();
    await this.print(comparison);
    return comparison;
  }

  private async compare(options: CompareOptions): Promise<Comparison> {
    const { davis, split, sequences, shard, merge = [], mask, reference = [], from, to } = this.flags;
    const { clip: source } = this.args;
    if (source !== undefined) {
      if (davis !== undefined || reference.length > 0) {
        const what = `${davis === undefined ? '--reference' : '--davis'} does not go with a clip of one's own`;
        throw new OsvosError('usage', what, source, 'leave one of them out');
      }
      const { compareOnClip } = await import('../jobs/compare-clip.js');
      return compareOnClip({ ...options, clip: { source, masks: mask ?? [], from, to } });
    }
    if (davis === undefined || split === undefined) {
      const remedy = 'give a clip with --mask, or --davis ROOT --split NAME';
      throw new OsvosError('usage', 'nothing to compare on', '', remedy);
    }
    const { compareOnDataSet } = await import('../jobs/compare-data-set.js');
    const { parseReference } = await import('../jobs/compare-references.js');
    const references = reference.map(parseReference);
    return compareOnDataSet({
      ...options,
      davis: { root: davis, split, sequences, shard },
      references,
      merge,
      annotationsPerSequence: this.flags['annotations-per-sequence'] ?? [1],
    });
  }

  private async print(comparison: Comparison): Promise<void> {
    const { agreementTable, plainTable } = await import('../report/comparison-tables.js');
    const { formatTable } = await import('../terminal/table.js');
    const [titles, ...rows] = comparison.agreement ? agreementTable(comparison) : plainTable(comparison);
    const columns = titles.map((title, i) => ({
      title,
      value: (row: string[]) => row[i],
      align: i === 0 ? ('left' as const) : ('right' as const),
    }));
    this.log(formatTable(rows, columns));
  }
}

/** Numbers of annotations, ascending. Throws `usage`. */
function parseCounts(text: string): number[] {
  const counts = [...new Set(parseList(text).map(Number))].sort((a, b) => a - b);
  if (counts.length > 0 && counts.every((count) => Number.isInteger(count) && count >= 1)) return counts;
  const where = `--annotations-per-sequence ${text}`;
  throw new OsvosError('usage', 'no list of whole numbers from 1', where, 'for example 1,2,3,4');
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
