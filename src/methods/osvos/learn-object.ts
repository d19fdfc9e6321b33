import path from 'node:path';
import type { Sample } from '../../datasets/sample.js';
import { OsvosError } from '../../errors.js';
import type { OsvosNetwork } from '../../networks/osvos-network.js';
import { createAdam } from '../../training/adam.js';
import { readCheckpoint, writeCheckpoint, type TrainingState } from '../../training/checkpoint.js';
import { cosine } from '../../training/schedule.js';
import type { TrunkInput } from '../../weights/trunk-inputs.js';
import type { LearnOptions } from '../method.js';
import type { OsvosOptions } from './defaults.js';
import { drawCopies, fineTune } from './fine-tune.js';
import type { TargetModel } from './target-model.js';

/** Updates between two checkpoints of a fine-tuning. */
const CHECKPOINT_EVERY = 50;

/** Update after which a first result is worth a look. */
const PREVIEW_AT = 10;

/** Learning rates end at this share of where they began. */
const FINAL_RATE = 0.1;

export interface ObjectTask {
  id: number;
  /** Annotated frames at the network's size, this object as 1. */
  samples: readonly Sample[];
  /** Objects of the clip, among which a time budget is divided. */
  objects: number;
  input: TrunkInput;
  options: OsvosOptions;
  learning: LearnOptions;
  /** Called with a model that fits the network as it is at that moment; the caller disposes it. */
  onTarget(target: TargetModel): void;
}

/**
 * Learns one object: a target model, where the heads read its scores, then fine-tuning. Throws `not-a-number` and
 * `interrupted`; what was done until then is kept in the checkpoints' folder.
 */
export async function learnObject(network: OsvosNetwork, task: ObjectTask): Promise<void> {
  const { options, samples, input, learning } = task;
  const { targetModel, iterations, frozenStages, seed } = options;
  const scored = targetModel && network.heads.scoredStages.length > 0;
  if (iterations === 0 && !scored) return;
  const fixed = scored || frozenStages > 0;
  if (scored) learning.report({ kind: 'stage', stage: named('learning', task) });
  const copies = fixed ? drawCopies(network, { samples, seed, input }, frozenStages) : undefined;
  try {
    if (copies && scored) task.onTarget(copies.fitTarget());
    if (iterations === 0) return;
    // before a checkpoint is read: a resumed run sees the very same scores
    if (copies && scored) copies.scoreAcross();
    const refit = () => {
      if (copies && scored && frozenStages < network.trunk.stages.length) task.onTarget(copies.fitTarget());
    };
    await tune(network, task, copies, refit);
    refit();
  } finally {
    copies?.dispose();
  }
}

function named(stage: string, { id, objects }: ObjectTask): string {
  return objects > 1 ? `${stage} object ${id}` : stage;
}

async function tune(
  network: OsvosNetwork,
  task: ObjectTask,
  copies: ReturnType<typeof drawCopies> | undefined,
  beforePreview: () => void,
): Promise<void> {
  const { id, samples, objects, input, learning } = task;
  const { iterations, timeBudget = Infinity, trunkRate, headRate, frozenStages, seed } = task.options;
  const { report, signal } = learning;
  const frozen = network.frozenNames(frozenStages);
  const trained = network.parameters.names().filter((name) => !frozen.has(name));
  const ofTrunk = (name: string) => network.trunk.shapes.has(name);
  const optimizer = createAdam({
    groups: [
      { variables: network.parameters.select(trained.filter(ofTrunk)), rate: trunkRate },
      { variables: network.parameters.select(trained.filter((name) => !ofTrunk(name))), rate: headRate },
    ],
  });
  try {
    const file = learning.checkpoints && path.join(learning.checkpoints, `object-${id}.safetensors`);
    const keep = async (state: TrainingState) =>
      file && writeCheckpoint(file, network.parameters, optimizer, state);
    const { updates: start, seconds: before } = file
      ? await readCheckpoint(file, network.parameters, optimizer)
      : { updates: 0, seconds: 0 };
    let spent = before;
    const budget = timeBudget / objects; // it is one for all objects of a clip
    report({ kind: 'stage', stage: named('fine-tuning', task), total: iterations, unit: 'steps', start });
    const done = await fineTune(
      network,
      {
        ...{ samples, input, trained, optimizer, seed, start, frozenStages, signal },
        iterations: start > 0 && before >= budget ? start : iterations,
        // along a cosine to the end, be it of the steps or of the time
        rate: (index) => cosine(1, iterations, FINAL_RATE)(Math.max(index, (spent / budget) * iterations)),
        after: async ({ index, loss, seconds }) => {
          report({ kind: 'step', done: index + 1, detail: `loss ${loss.toFixed(3)}`, loss });
          if (index + 1 === PREVIEW_AT && learning.onPreview) {
            beforePreview();
            await learning.onPreview();
          }
          spent = before + seconds;
          const last = index + 1 === iterations || spent >= budget;
          if (last || (index + 1) % CHECKPOINT_EVERY === 0)
            await keep({ updates: index + 1, seconds: spent });
          return !last;
        },
      },
      copies,
    );
    if (signal?.aborted && done < iterations) {
      await keep({ updates: done, seconds: spent });
      throw new OsvosError('interrupted', `stopped after step ${done} of ${iterations}`);
    }
  } finally {
    optimizer.dispose();
  }
}
