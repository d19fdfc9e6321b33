import { Flags } from '@oclif/core';
import path from 'node:path';
import { OsvosError } from '../../errors.js';
import { osvosDefaults } from '../../methods/osvos/defaults.js';
import { parentDefaults } from '../../methods/osvos/parent-defaults.js';
import { trunkNames } from '../../networks/trunk-names.js';
import { cropRules } from '../../networks/crop-rules.js';
import { lossForms } from '../../training/loss-forms.js';
import { BaseCommand } from '../base-command.js';
import { dataSetFlags, engineFlags } from '../shared-flags.js';

/** A rate, weight or factor: any number that is not negative. */
const number = Flags.custom<number>({
  parse: async (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0)) throw new OsvosError('usage', `${text} is no number from 0`);
    return value;
  },
});

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
    ...dataSetFlags,
    stills: Flags.directory({ exists: true, summary: 'Folder with images/ and masks/.', helpGroup: 'INPUT' }),
    base: Flags.string({
      summary: 'Trunk weights to start from (file or name).',
      helpGroup: 'INPUT',
      exclusive: ['init'],
    }),
    init: Flags.string({ summary: 'Parent network to go on from (file or name).', helpGroup: 'INPUT' }),
    trunk: Flags.option({
      options: trunkNames,
      aliases: ['backbone'],
      default: osvosDefaults.trunk,
      summary: 'Trunk.',
      helpGroup: 'METHOD',
    })(),
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
    }),
    batch: Flags.integer({
      min: 1,
      default: parentDefaults.batch,
      summary: 'Pictures of a batch.',
      helpGroup: 'METHOD',
    }),
    accumulate: Flags.integer({
      min: 1,
      default: parentDefaults.accumulate,
      summary: 'Batches averaged for an update.',
      helpGroup: 'METHOD',
    }),
    updates: Flags.integer({
      min: 1,
      default: parentDefaults.updates,
      summary: 'Updates.',
      helpGroup: 'METHOD',
    }),
    'time-budget': Flags.integer({
      min: 1,
      summary: 'Seconds after which training ends; schedules fit themselves to it.',
      helpGroup: 'METHOD',
    }),
    optimizer: Flags.option({
      options: ['adam', 'sgd'] as const,
      default: parentDefaults.optimizer,
      summary: 'Adam with decoupled decay, or SGD with momentum and the factors of the released code.',
      helpGroup: 'METHOD',
    })(),
    'trunk-rate': number({
      default: parentDefaults.trunkRate,
      summary: 'Learning rate of the trunk.',
      helpGroup: 'METHOD',
    }),
    'head-rate': number({
      default: parentDefaults.headRate,
      summary: 'Learning rate of the heads.',
      helpGroup: 'METHOD',
    }),
    'weight-decay': number({
      default: parentDefaults.weightDecay,
      summary: 'Weight decay (not on biases).',
      helpGroup: 'METHOD',
    }),
    'side-weight': number({
      default: parentDefaults.sideWeight,
      summary: 'Weight of each side loss at the start; fades to 0.',
      helpGroup: 'METHOD',
    }),
    loss: Flags.option({
      options: lossForms,
      default: parentDefaults.loss,
      summary: 'Form of the class-balanced loss.',
      helpGroup: 'METHOD',
    })(),
    seed: Flags.integer({
      default: parentDefaults.seed,
      summary: 'Seed of all randomness.',
      helpGroup: 'METHOD',
    }),
    out: Flags.string({
      char: 'o',
      default: path.join('runs', 'parent'),
      summary: 'Output folder.',
      helpGroup: 'OUTPUT',
      helpValue: 'DIR',
    }),
    ...engineFlags,
  };

  async run() {
    const { flags } = this;
    if (!flags.base && !flags.init)
      throw new OsvosError('usage', 'nothing to start from', '', 'name --base or --init');
    const { trainParentJob } = await import('../../jobs/train-parent.js');
    const { startEngine, describeEngine } = await import('../../engine/start.js');
    const { report } = await this.progress();
    const engine = await startEngine({ engine: flags.engine, threads: flags.threads });
    for (const text of [describeEngine(engine), ...engine.notes]) report({ kind: 'note', text });
    const result = await trainParentJob({
      trunk: flags.trunk,
      base: flags.base,
      init: flags.init,
      davis: flags.davis ? { root: flags.davis, split: flags.split ?? 'train' } : undefined,
      stills: flags.stills,
      out: flags.out,
      report,
      signal: await this.interruptSignal(),
      options: {
        ...parentDefaults,
        size: flags.size,
        batch: flags.batch,
        accumulate: flags.accumulate,
        updates: flags.updates,
        timeBudget: flags['time-budget'],
        optimizer: flags.optimizer,
        trunkRate: flags['trunk-rate'],
        headRate: flags['head-rate'],
        weightDecay: flags['weight-decay'],
        sideWeight: flags['side-weight'],
        loss: flags.loss,
        crop: flags.crop,
        seed: flags.seed,
      },
    });
    (await this.progress()).finish();
    this.log(
      `${result.file}: ${result.updates} updates in ${Math.round(result.seconds)} s, loss ${result.loss.toFixed(3)}`,
    );
    return result;
  }
}
