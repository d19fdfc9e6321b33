/** What `train stm`, `kmn` and `stcn` share: they differ in the keys and in what is hidden. */
import { Flags } from '@oclif/core';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import type { MemoryMethodName } from '../jobs/train-memory.js';
import { describeTraining } from '../jobs/training-result.js';
import { memoryTrainingDefaults } from '../methods/stm/training-defaults.js';
import { MEMORY_STRIDE, memoryTrunkNames, type MemoryKeys } from '../networks/memory/memory-architecture.js';
import { BaseCommand } from './base-command.js';
import { dataSetFlags, engineFlags, engineOptions, rateFlag, requireMultiple } from './shared-flags.js';
import { trainingFlags } from './training-flags.js';

/** @param hide default probability that a cell is hidden */
export function memoryTrainingFlags(method: MemoryMethodName, hide: number) {
  const defaults = {
    ...memoryTrainingDefaults,
    trunkRate: 0,
    headRate: memoryTrainingDefaults.rate,
    sideWeight: 0,
  };
  const {
    base,
    init,
    batch,
    updates,
    'time-budget': budget,
    'weight-decay': decay,
    ...others
  } = trainingFlags(method, defaults);
  const { seed, out, resume, force } = others;
  return {
    ...{ base, init },
    davis: Flags.string({
      summary: 'Root of a data set with videos to learn from.',
      helpGroup: 'INPUT',
      helpValue: 'ROOT',
    }),
    split: dataSetFlags.split,
    'hold-out': Flags.string({
      dependsOn: ['davis'],
      summary:
        'Videos through which masks are carried during the training, to keep the best state; train-hold-out where the data set has it, none for none.',
      helpGroup: 'INPUT',
      helpValue: 'SPLIT',
    }),
    stills: Flags.string({
      summary: 'Folder of photographs: images/ and masks/ with object ids.',
      helpGroup: 'INPUT',
      helpValue: 'DIR',
    }),
    trunk: Flags.option({
      options: memoryTrunkNames,
      aliases: ['backbone'],
      default: 'resnet18' as const,
      summary: 'Trunk.',
      helpGroup: 'METHOD',
    })(),
    crops: Flags.string({
      default: memoryTrainingDefaults.crops.join(),
      summary: `Sides of the square views that the network sees, at the start and at the end, pixels; multiples of ${MEMORY_STRIDE}.`,
      helpGroup: 'METHOD',
      helpValue: 'S,S',
    }),
    ...{ batch, updates, 'time-budget': budget },
    rate: rateFlag({
      default: memoryTrainingDefaults.rate,
      summary: 'Learning rate.',
      helpGroup: 'METHOD',
      helpValue: 'RATE',
    }),
    'trunk-rate': rateFlag({
      default: memoryTrainingDefaults.trunkRate,
      summary: 'Learning rate of the trunks, as a share of --rate.',
      helpGroup: 'METHOD',
      helpValue: 'SHARE',
    }),
    videos: rateFlag({
      default: memoryTrainingDefaults.videos,
      summary:
        'Share of the triplets that are frames of a video, the others being views of one picture; 0 for stills only.',
      helpGroup: 'METHOD',
      helpValue: 'SHARE',
    }),
    hide: rateFlag({
      default: hide,
      summary: 'Hide-and-Seek: probability, at the end, that a cell of a still is hidden.',
      helpGroup: 'METHOD',
      helpValue: 'P',
    }),
    'weight-decay': decay,
    'hold-out-times': Flags.integer({
      min: 0,
      default: memoryTrainingDefaults.looks,
      summary: 'How often that is done, the last time at the end.',
      helpGroup: 'METHOD',
      helpValue: 'N',
    }),
    ...{ seed, out, resume, force },
    ...engineFlags,
  };
}

/** One side for all of the training, or two. Throws `usage`. */
function parseCrops(text: string): [number, number] {
  const sides = text.split(',').map(Number);
  const [start, end = start] = sides;
  if (
    sides.length > 2 ||
    ![start, end].every((side) => Number.isInteger(side) && side >= 64) ||
    end < start
  ) {
    const defaults = memoryTrainingDefaults.crops.join();
    throw new OsvosError(
      'usage',
      'not one or two rising sides from 64',
      `--crops ${text}`,
      `for example --crops ${defaults}`,
    );
  }
  for (const side of [start, end]) requireMultiple(side, MEMORY_STRIDE, '--crops');
  return [start, end];
}

interface CommandClass {
  flags: ReturnType<typeof memoryTrainingFlags>;
}

/** One method's training. */
export abstract class TrainMemoryCommand extends BaseCommand<typeof BaseCommand & CommandClass> {
  protected abstract readonly method: MemoryMethodName;
  protected readonly keys: MemoryKeys = 'masked';

  async run() {
    const flags = this.flags;
    const { trainMemoryJob } = await import('../jobs/train-memory.js');
    const { defaultHoldOut } = await import('../jobs/score-hold-out.js');
    const { startReportedEngine } = await import('../jobs/start-engine.js');
    const { report, finish } = await this.progress();
    const engine = engineOptions(flags);
    const { split = 'train' } = flags;
    const holdOut = flags['hold-out'] ?? (flags.davis && defaultHoldOut(flags.davis, split));
    const trained = await trainMemoryJob({
      method: this.method,
      architecture: { trunk: flags.trunk, keys: this.keys },
      ...{ base: flags.base, init: flags.init, stills: flags.stills && path.resolve(flags.stills) },
      davis: flags.davis ? { root: flags.davis, split } : undefined,
      holdOut: holdOut === 'none' ? undefined : holdOut,
      ...{ out: flags.out, force: flags.force, resume: flags.resume, report },
      signal: await this.interruptSignal(),
      startEngine: (former) => startReportedEngine(engine, report, former),
      options: {
        ...memoryTrainingDefaults,
        ...{
          crops: parseCrops(flags.crops),
          batch: flags.batch,
          updates: flags.updates,
          timeBudget: flags['time-budget'],
        },
        ...{ rate: flags.rate, trunkRate: flags['trunk-rate'], weightDecay: flags['weight-decay'] },
        ...{ videos: flags.davis ? flags.videos : 0, hide: flags.hide, seed: flags.seed },
        looks: flags['hold-out-times'],
      },
    });
    finish();
    const { best } = trained;
    this.log(describeTraining(trained));
    if (best)
      this.log(
        `${holdOut}: J ${best.score.toFixed(3)} after ${best.updates} updates, which is the state kept`,
      );
    return trained;
  }
}
