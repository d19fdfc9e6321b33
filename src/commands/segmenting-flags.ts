/** How frames are segmented: the flags of `osvos segment` that a variant in `osvos compare` may set too. */
import { Flags } from '@oclif/core';
import { keepRules } from '../jobs/segment-options.js';
import { snapDefaults } from '../methods/contours/snap-settings.js';
import { osvosThreshold } from '../methods/osvos/defaults.js';
import { memoryMethodFlags } from './memory-flags.js';
import { methodFlags } from './method-flags.js';
import { fineTuneFlags, followFlags } from './osvos-flags.js';
import { parseShare } from './shared-flags.js';
import { snapFlags, snapRuleFlag } from './snap-flags.js';

export const segmentingFlags = {
  ...fineTuneFlags,
  ...methodFlags,
  ...followFlags,
  'no-fine-tuning': Flags.boolean({
    exclusive: ['iterations', 'time-budget', 'test-network'],
    summary: 'Use the parent network as it is.',
    helpGroup: 'OSVOS',
  }),
  threshold: Flags.custom<number>({
    default: osvosThreshold,
    parse: async (text) => parseShare(text, '--threshold', osvosThreshold),
    summary: 'Probabilities above this are object, 0 to 1. (stm, kmn and stcn tell the background’s too.)',
    helpGroup: 'OSVOS',
    helpValue: 'P',
  })(),
  ...memoryMethodFlags,
  keep: Flags.option({
    options: keepRules,
    default: 'all' as const,
    summary:
      'Pieces of an object’s mask to keep: all of them, those near to its mask in the frame before (drops look-alikes far away), or the largest.',
    helpGroup: 'METHOD',
  })(),
  snap: snapRuleFlag(snapDefaults.rule),
  ...snapFlags,
};
