import { Args, Flags } from '@oclif/core';
import type { EvaluateContoursResult } from '../../jobs/evaluate-contours.js';
import { STANDARD_THRESHOLDS } from '../../scores/contour-benchmark/thresholds.js';
import { BaseCommand } from '../base-command.js';

/** What is printed under `--json`. */
export interface ContourScores {
  /** F at the one threshold that is best for all images. */
  ODS: number;
  /** F with each image at its own best threshold. */
  OIS: number;
  /** Precision averaged over recall. */
  AP: number;
  /** That of ODS. */
  threshold: number;
  images: number;
}

export default class EvaluateContours extends BaseCommand<typeof EvaluateContours> {
  static override summary = 'Score contour maps by the boundary benchmark of BSDS500: ODS, OIS and AP.';
  static override description = [
    'MAPS holds a grey PNG for each image, 8 or 16 bits, named like the image: white is a sure contour. Maps are cut',
    'at each threshold, thinned, and matched one to one with the contours of each annotator, within 0.0075 of the',
    'diagonal. Before, maps are reduced to their ridges (oriented non-maximum suppression), as raw maps of networks',
    'need it; ultrametric contour maps, whose lines are thin, are scored with --no-nms. The data set is read as',
    'pictures: annotators.csv (split,id,annotators,height,width) and boundaries/SPLIT/ID/K.png.',
  ].join(' ');
  static override examples = [
    '<%= config.bin %> <%= command.id %> maps --bsds BSDS500',
    '<%= config.bin %> <%= command.id %> maps --bsds BSDS500 --every 4 --thresholds 33 --json',
    {
      description: 'Ultrametric contour maps',
      command: '<%= config.bin %> <%= command.id %> ucm --bsds BSDS500 --no-nms',
    },
  ];

  static override args = {
    maps: Args.string({ required: true, name: 'MAPS', description: 'Folder of contour maps, <image>.png.' }),
  };

  static override flags = {
    bsds: Flags.string({
      required: true,
      summary: 'Root folder of BSDS500 (with annotators.csv and boundaries).',
      helpGroup: 'INPUT',
      helpValue: 'ROOT',
    }),
    split: Flags.string({
      default: 'test',
      summary: 'Images that are scored.',
      helpGroup: 'INPUT',
      helpValue: 'NAME',
    }),
    every: Flags.integer({
      min: 1,
      default: 1,
      summary: 'Only every Nth image, for a quick look.',
      helpGroup: 'INPUT',
      helpValue: 'N',
    }),
    thresholds: Flags.integer({
      min: 1,
      default: STANDARD_THRESHOLDS,
      summary: 'Number of thresholds between 0 and 1; published figures have 99.',
      helpValue: 'N',
    }),
    nms: Flags.boolean({
      allowNo: true,
      default: true,
      summary: 'Reduce maps to their ridges first; --no-nms for ultrametric contour maps.',
    }),
    threads: Flags.integer({
      min: 1,
      env: 'OSVOS_THREADS',
      summary: 'Processor threads; all cores by default. Scores do not depend on them.',
      helpValue: 'N',
    }),
    csv: Flags.string({
      summary:
        'Also write tables by image and by threshold to this folder; those of an earlier call are replaced.',
      helpGroup: 'OUTPUT',
      helpValue: 'DIR',
    }),
  };

  async run(): Promise<ContourScores> {
    const { bsds, split, every, thresholds, nms, threads, csv } = this.flags;
    const { evaluateContours } = await import('../../jobs/evaluate-contours.js');
    const { openMapFolder } = await import('../../jobs/evaluate-contours-maps.js');
    const progress = await this.progress();
    const result = await evaluateContours({
      bsds,
      split,
      openMaps: (images) => openMapFolder(this.args.maps, images),
      thresholds,
      suppress: nms,
      every,
      csv,
      threads,
      signal: await this.interruptSignal(),
      report: progress.report,
    });
    progress.finish();
    const { ODS, OIS, AP } = result.summary;
    const ridges = nms ? 'reduced to ridges' : 'taken as they are';
    this.log(`${split}: ${result.images} images, ${thresholds} thresholds, maps ${ridges}.`);
    this.log(await describeScores(result));
    return { ODS: ODS.F, OIS: OIS.F, AP, threshold: ODS.threshold, images: result.images };
  }
}

async function describeScores({ summary }: EvaluateContoursResult): Promise<string> {
  const { formatTable } = await import('../../terminal/table.js');
  const { ODS, OIS, AP } = summary;
  const rows = [
    ['ODS', ODS.F.toFixed(3), ODS.recall.toFixed(3), ODS.precision.toFixed(3), ODS.threshold.toFixed(2)],
    ['OIS', OIS.F.toFixed(3), OIS.recall.toFixed(3), OIS.precision.toFixed(3), 'own'],
    ['AP', AP.toFixed(3), '', '', ''],
  ];
  return formatTable(
    rows,
    ['score', 'value', 'recall', 'precision', 'threshold'].map((title, c) => ({
      title,
      value: (row: string[]) => row[c],
      align: c === 0 ? ('left' as const) : ('right' as const),
    })),
  );
}
