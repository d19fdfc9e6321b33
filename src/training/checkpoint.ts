import { existsSync } from 'node:fs';
import { OsvosError } from '../errors.js';
import type { Parameters } from '../networks/parameters.js';
import { readSafetensors, writeSafetensors } from '../weights/safetensors.js';
import type { Weights } from '../weights/weights.js';
import type { Optimizer } from './optimizer.js';

const PARAMETER = 'parameter.';
const OPTIMIZER = 'optimizer.';

/** How far a training is. */
export interface TrainingState {
  updates: number;
  /** Spent so far, over all calls. */
  seconds: number;
}

/** Keeps all that a training needs to go on with the same numbers, in one file, atomically. */
export async function writeCheckpoint(
  file: string,
  parameters: Parameters,
  optimizer: Optimizer,
  state: TrainingState,
): Promise<void> {
  const tensors: Weights = new Map();
  for (const [name, tensor] of await parameters.read()) tensors.set(PARAMETER + name, tensor);
  for (const [name, tensor] of await optimizer.save()) tensors.set(OPTIMIZER + name, tensor);
  await writeSafetensors(file, tensors, { updates: String(state.updates), seconds: String(state.seconds) });
}

/**
 * Goes on from a checkpoint where there is one; gives what was done so far, else zeros.
 * Throws `weights-unfit` where the file belongs to another network or training.
 */
export async function readCheckpoint(
  file: string,
  parameters: Parameters,
  optimizer: Optimizer,
): Promise<TrainingState> {
  if (!existsSync(file)) return { updates: 0, seconds: 0 };
  const { tensors, metadata } = await readSafetensors(file);
  const part = (prefix: string): Weights =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, t]) => [name.slice(prefix.length), t]),
    );
  const numbers = part(PARAMETER);
  const missing = parameters.names().find((name) => !numbers.has(name));
  if (missing !== undefined) {
    throw new OsvosError(
      'weights-unfit',
      `the checkpoint lacks ${missing}`,
      file,
      'remove it to start again',
    );
  }
  try {
    optimizer.restore(part(OPTIMIZER));
    parameters.write(numbers);
  } catch (error) {
    throw new OsvosError('weights-unfit', (error as Error).message, file, 'remove it to start again', {
      cause: error,
    });
  }
  return { updates: Number(metadata.updates), seconds: Number(metadata.seconds) };
}
