import { Args, Flags } from '@oclif/core';
import { OsvosError } from '../../errors.js';
import type { EvaluateContoursResult, OpenMaps } from '../../jobs/evaluate-contours.js';
import { snapDefaults } from '../../methods/contours/snap-settings.js';
import type { Report } from '../../progress.js';
import { STANDARD_THRESHOLDS } from '../../scores/contour-benchmark/thresholds.js';
import { BaseCommand } from '../base-command.js';
import { engineFlags, engineOptions } from '../shared-flags.js';
import { contourFlags } from '../snap-flags.js';

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
    '<%= config.bin %> <%= command.id %> --weights contour-resnet50-v1 --contour-scales 0.5,1,1.5 --bsds BSDS500',
    {
      description: 'Ultrametric contour maps',
      command: '<%= config.bin %> <%= command.id %> ucm --bsds BSDS500 --no-nms',
    },
  ];

  static override args = {
    maps: Args.string({ name: 'MAPS', description: 'Folder of contour maps, <image>.png.' }),
  };

  static override flags = {
    weights: Flags.string({
      summary: 'Score what this contour network finds (name or file), in place of MAPS.',
      helpGroup: 'INPUT',
      helpValue: 'NAME',
    }),
    'contour-scales': contourFlags['contour-scales'],
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
    csv: Flags.string({
      summary:
        'Also write tables by image and by threshold to this folder; those of an earlier call are replaced.',
      helpGroup: 'OUTPUT',
      helpValue: 'DIR',
    }),
    ...engineFlags,
  };

  async run(): Promise<ContourScores> {
    const { bsds, split, every, thresholds, nms, threads, csv } = this.flags;
    const { evaluateContours } = await import('../../jobs/evaluate-contours.js');
    const progress = await this.progress();
    const result = await evaluateContours({
      bsds,
      split,
      openMaps: await this.source(progress.report),
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

  /** A folder, or a network. */
  private async source(report: Report): Promise<OpenMaps> {
    const { maps } = this.args;
    const { weights, 'contour-scales': scales = snapDefaults.scales } = this.flags;
    if ((maps === undefined) === (weights === undefined)) {
      const what = maps === undefined ? 'nothing to score' : 'both a folder of maps and a network';
      throw new OsvosError('usage', what, maps ?? '', 'give either a folder of contour maps or --weights');
    }
    const { openMapFolder, openNetworkMaps } = await import('../../jobs/evaluate-contours-maps.js');
    if (weights === undefined) return async (images) => ({ maps: await openMapFolder(maps!, images) });
    const { startReportedEngine } = await import('../../jobs/start-engine.js');
    return async (_, bsds) => {
      await startReportedEngine(engineOptions(this.flags), report);
      return openNetworkMaps(weights, scales, bsds);
    };
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
