import { Flags } from '@oclif/core';
import path from 'node:path';
import { osvosDefaults } from '../methods/osvos/defaults.js';
import { trunkNames } from '../networks/trunk-names.js';
import { rateFlag } from './shared-flags.js';

/** Defaults that every training has. */
interface TrainingDefaults {
  batch: number;
  updates: number;
  trunkRate: number;
  headRate: number;
  weightDecay: number;
  sideWeight: number;
  seed: number;
}

/** Flags of all `train` commands. `what`: the kind of network, and its folder under `runs`. */
export function trainingFlags(what: string, defaults: TrainingDefaults) {
  return {
    base: Flags.string({
      summary: 'Trunk weights to start from (file or name).',
      helpGroup: 'INPUT',
      exclusive: ['init'],
    }),
    init: Flags.string({
      summary: `${what[0].toUpperCase()}${what.slice(1)} network to go on from (file or name).`,
      helpGroup: 'INPUT',
      helpValue: 'FILE',
    }),
    trunk: Flags.option({
      options: trunkNames,
      aliases: ['backbone'],
      default: osvosDefaults.trunk,
      summary: 'Trunk.',
      helpGroup: 'METHOD',
    })(),
    batch: Flags.integer({
      min: 1,
      default: defaults.batch,
      summary: 'Pictures of a batch.',
      helpGroup: 'METHOD',
      helpValue: 'N',
    }),
    updates: Flags.integer({
      min: 1,
      default: defaults.updates,
      summary: 'Updates.',
      helpGroup: 'METHOD',
      helpValue: 'N',
    }),
    'time-budget': Flags.integer({
      min: 1,
      summary: 'Seconds after which training ends; schedules fit themselves to it.',
      helpGroup: 'METHOD',
      helpValue: 'SECONDS',
    }),
    'trunk-rate': rateFlag({
      default: defaults.trunkRate,
      summary: 'Learning rate of the trunk.',
      helpGroup: 'METHOD',
      helpValue: 'RATE',
    }),
    'head-rate': rateFlag({
      default: defaults.headRate,
      summary: 'Learning rate of the heads.',
      helpGroup: 'METHOD',
      helpValue: 'RATE',
    }),
    'weight-decay': rateFlag({
      default: defaults.weightDecay,
      summary: 'Weight decay (not on biases).',
      helpGroup: 'METHOD',
      helpValue: 'RATE',
    }),
    'side-weight': rateFlag({
      default: defaults.sideWeight,
      summary: 'Weight of each side loss.',
      helpGroup: 'METHOD',
      helpValue: 'W',
    }),
    seed: Flags.integer({
      default: defaults.seed,
      summary: 'Seed of all randomness.',
      helpGroup: 'METHOD',
      helpValue: 'N',
    }),
    out: Flags.string({
      char: 'o',
      default: path.join('runs', what),
      summary: 'Output folder.',
      helpGroup: 'OUTPUT',
      helpValue: 'DIR',
    }),
    resume: Flags.boolean({
      exclusive: ['force'],
      summary:
        'Go on with the stopped training in the output folder, as is done anyway; an error when there is none.',
      helpGroup: 'OUTPUT',
    }),
    force: Flags.boolean({
      summary: 'Overwrite another training in the output folder.',
      helpGroup: 'OUTPUT',
    }),
  };
}
