import { Flags } from '@oclif/core';
import { describeTraining } from '../../jobs/training-result.js';
import { contourTrainingDefaults } from '../../methods/contours/defaults.js';
import { BaseCommand } from '../base-command.js';
import { dataSetFlags, engineFlags, engineOptions, rateFlag, requireMultiple } from '../shared-flags.js';
import { trainingFlags } from '../training-flags.js';

/** Trunks halve four times. */
const SIDE_STEP = 16;

export default class TrainContour extends BaseCommand<typeof TrainContour> {
  static override summary = 'Train a contour network on photographs with contour maps (BSDS500).';

  static override description =
    'The network finds all contours of a picture; masks are snapped to them (osvos segment --snap ucm). ' +
    'The same command goes on where a stopped training left off. ' +
    'An update of a ResNet-50 takes about a second on one processor core.';

  static override examples = [
    {
      description: 'On the training and validation photographs of BSDS500, from ImageNet weights',
      command:
        '<%= config.bin %> <%= command.id %> --bsds BSDS500 --base resnet50.safetensors --out runs/contour',
    },
    {
      description: 'For an hour, with the outlines of masks beside the contours',
      command:
        '<%= config.bin %> <%= command.id %> --bsds BSDS500 --davis DAVIS --split train --base resnet50.safetensors --time-budget 3600',
    },
  ];

  static override flags = {
    bsds: Flags.string({
      required: true,
      summary: 'Folder of BSDS500: images/, counts/ and annotators.csv.',
      helpGroup: 'INPUT',
      helpValue: 'DIR',
    }),
    'bsds-splits': Flags.string({
      default: 'train,val',
      summary: 'Its splits to learn from.',
      helpGroup: 'INPUT',
      helpValue: 'NAMES',
    }),
    davis: Flags.string({
      summary: 'Root of a data set whose masks give outlines.',
      helpGroup: 'INPUT',
      helpValue: 'ROOT',
    }),
    split: dataSetFlags.split,
    ...trainingFlags('contour', contourTrainingDefaults),
    agreement: rateFlag({
      default: contourTrainingDefaults.agreement,
      summary: 'Share of the annotators that has to mark a contour; where fewer do, nothing is learnt.',
      helpGroup: 'METHOD',
      helpValue: 'SHARE',
    }),
    crop: Flags.integer({
      min: 32,
      default: contourTrainingDefaults.crop,
      summary: 'Sides of the square views that the network sees, pixels; a multiple of 16.',
      helpGroup: 'METHOD',
      helpValue: 'S',
    }),
    outlines: rateFlag({
      default: contourTrainingDefaults.outlines,
      summary: 'Share of the batches that shows outlines, with --davis.',
      helpGroup: 'METHOD',
      helpValue: 'SHARE',
    }),
    ...engineFlags,
  };

  async run() {
    const { flags } = this;
    requireMultiple(flags.crop, SIDE_STEP, '--crop');
    const { trainContourJob } = await import('../../jobs/train-contour.js');
    const { startReportedEngine } = await import('../../jobs/start-engine.js');
    const { report, finish } = await this.progress();
    const engine = engineOptions(flags);
    const { split = 'train' } = flags;
    const trained = await trainContourJob({
      ...{ trunk: flags.trunk, base: flags.base, init: flags.init },
      ...{ out: flags.out, force: flags.force, resume: flags.resume, report },
      signal: await this.interruptSignal(),
      bsds: { root: flags.bsds, splits: flags['bsds-splits'].split(',') },
      davis: flags.davis ? { root: flags.davis, split } : undefined,
      startEngine: (former) => startReportedEngine(engine, report, former),
      options: {
        ...contourTrainingDefaults,
        ...{ agreement: flags.agreement, crop: flags.crop, outlines: flags.outlines },
        ...{ batch: flags.batch, updates: flags.updates, timeBudget: flags['time-budget'] },
        ...{ trunkRate: flags['trunk-rate'], headRate: flags['head-rate'] },
        ...{ weightDecay: flags['weight-decay'], sideWeight: flags['side-weight'], seed: flags.seed },
      },
    });
    finish();
    this.log(describeTraining(trained));
    return trained;
  }
}
