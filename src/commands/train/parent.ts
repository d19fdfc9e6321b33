import { Flags } from '@oclif/core';
import path from 'node:path';
import { describeTraining } from '../../jobs/training-result.js';
import { parentDefaults, type ParentOptions } from '../../methods/osvos/parent-defaults.js';
import { recipeNames, recipes } from '../../methods/osvos/parent-recipes.js';
import { headsNames } from '../../networks/heads.js';
import { cropRules } from '../../networks/crop-rules.js';
import { lossForms } from '../../training/loss-forms.js';
import { BaseCommand } from '../base-command.js';
import { dataSetFlags, engineFlags, engineOptions, rateFlag } from '../shared-flags.js';
import { trainingFlags } from '../training-flags.js';

/** Flag → the option that it sets. */
const optionsOfFlags = {
  heads: 'heads',
  'frozen-stages': 'frozenStages',
  size: 'size',
  batch: 'batch',
  accumulate: 'accumulate',
  updates: 'updates',
  'time-budget': 'timeBudget',
  optimizer: 'optimizer',
  loss: 'loss',
  crop: 'crop',
  'trunk-rate': 'trunkRate',
  'head-rate': 'headRate',
  'weight-decay': 'weightDecay',
  'side-weight': 'sideWeight',
  seed: 'seed',
} as const satisfies Record<string, keyof ParentOptions>;

export default class TrainParent extends BaseCommand<typeof TrainParent> {
  static override summary = 'Train a parent network on sequences or stills with masks.';

  static override description =
    'All objects of a picture count as one. The same command goes on where a stopped training left off. ' +
    'Training a ResNet-50 takes about 0.8 s an update on two processor cores.';

  static override examples = [
    {
      description: 'On the DAVIS training sequences, from ImageNet weights',
      command:
        '<%= config.bin %> <%= command.id %> --davis DAVIS --split train --base resnet50.safetensors --out runs/parent',
    },
    {
      description: 'Go on from a shipped parent with own pictures',
      command:
        '<%= config.bin %> <%= command.id %> --stills photos --init osvos-resnet50-v1 --trunk-rate 2e-5 --head-rate 2e-4 --out runs/own',
    },
  ];

  static override flags = {
    davis: dataSetFlags.davis,
    split: dataSetFlags.split,
    stills: Flags.string({
      summary: 'Folder with images/ and masks/.',
      helpGroup: 'INPUT',
      helpValue: 'DIR',
    }),
    ...trainingFlags('parent', parentDefaults),
    recipe: Flags.option({
      options: recipeNames,
      default: 'osvos' as const,
      summary:
        'What holds where no other flag says otherwise: osvos, or paper (Caelles et al. 2017: side outputs, summed loss, SGD at 1e-8 in phases, 50,000 updates of ten pictures at 480 pixels). Defaults that are named here are those of osvos.',
      helpGroup: 'METHOD',
    })(),
    'side-weight': rateFlag({
      default: parentDefaults.sideWeight,
      summary: 'Weight of each side loss at the start; falls to 0.',
      helpGroup: 'METHOD',
      helpValue: 'W',
    }),
    heads: Flags.option({
      options: headsNames,
      default: parentDefaults.heads,
      summary:
        'Heads: refinement of target scores from coarse to fine, or the side outputs of Caelles et al. 2017.',
      helpGroup: 'METHOD',
    })(),
    'frozen-stages': Flags.integer({
      min: 0,
      max: 5,
      default: parentDefaults.frozenStages,
      summary: 'Trunk stages that stay as they are.',
      helpGroup: 'METHOD',
      helpValue: 'N',
    }),
    crop: Flags.option({
      options: cropRules,
      default: parentDefaults.crop,
      summary: 'Where upsampled maps are cut.',
      helpGroup: 'METHOD',
    })(),
    size: Flags.integer({
      min: 16,
      default: parentDefaults.size,
      summary: 'Short side of the pictures, pixels.',
      helpGroup: 'METHOD',
      helpValue: 'S',
    }),
    accumulate: Flags.integer({
      min: 1,
      default: parentDefaults.accumulate,
      summary: 'Batches averaged for an update.',
      helpGroup: 'METHOD',
      helpValue: 'N',
    }),
    optimizer: Flags.option({
      options: ['adam', 'sgd'] as const,
      default: parentDefaults.optimizer,
      summary: 'Adam with decoupled decay, or SGD with momentum and the factors of the released code.',
      helpGroup: 'METHOD',
    })(),
    loss: Flags.option({
      options: lossForms,
      default: parentDefaults.loss,
      summary: 'Form of the class-balanced loss.',
      helpGroup: 'METHOD',
    })(),
    'hold-out': Flags.string({
      dependsOn: ['davis'],
      summary:
        'Sequences on which the finished network is fine-tuned and scored; train-hold-out where the data set has it, none for no scores.',
      helpGroup: 'INPUT',
      helpValue: 'SPLIT',
    }),
    ...engineFlags,
  };

  async run() {
    const { flags } = this;
    const { trainParentJob } = await import('../../jobs/train-parent.js');
    const { defaultHoldOut, scoreHoldOut } = await import('../../jobs/score-hold-out.js');
    const { startReportedEngine } = await import('../../jobs/start-engine.js');
    const { report, finish } = await this.progress();
    const signal = await this.interruptSignal();
    const engine = engineOptions(flags);
    const { split = 'train' } = flags;
    const holdOut = flags['hold-out'] ?? (flags.davis && defaultHoldOut(flags.davis, split));
    const options = this.recipe();
    const trained = await trainParentJob({
      ...{ trunk: flags.trunk, base: flags.base, init: flags.init, stills: flags.stills },
      ...{ out: flags.out, force: flags.force, resume: flags.resume, report, signal },
      davis: flags.davis ? { root: flags.davis, split } : undefined,
      startEngine: (former) => startReportedEngine(engine, report, former),
      options,
    });
    const scores =
      flags.davis && holdOut && holdOut !== 'none'
        ? await scoreHoldOut({
            ...{
              root: flags.davis,
              split: holdOut,
              trunk: flags.trunk,
              parent: trained.file,
              size: options.size,
            },
            ...{ seed: options.seed, out: path.join(flags.out, 'hold-out'), engine, report, signal },
          })
        : undefined;
    finish();
    this.log(describeTraining(trained));
    if (scores) this.log(`${holdOut}: J ${scores['J-Mean']?.toFixed(3)}  F ${scores['F-Mean']?.toFixed(3)}`);
    return { ...trained, holdOut: scores };
  }

  /** The recipe's options under those that were written. */
  private recipe(): ParentOptions {
    const { flags, givenFlags } = this;
    const written = Object.entries(optionsOfFlags).filter(([flag]) => givenFlags.has(flag));
    const own = written.map(([flag, option]) => [option, flags[flag as keyof typeof optionsOfFlags]]);
    return { ...recipes[flags.recipe], ...(Object.fromEntries(own) as Partial<ParentOptions>) };
  }
}
