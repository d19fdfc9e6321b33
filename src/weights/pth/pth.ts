/**
 * PyTorch's weight files (`.pth`, `.pt`): a state dict, or a checkpoint with one, read without running any of it.
 * Strict like the reader of safetensors: a file that asks for more than tensors is refused, never repaired.
 */
import { unfoldedBytes } from '../bounds.js';
import type { ReadOptions, WeightFile, Weights } from '../weights.js';
import { findStateDict } from './state-dict.js';
import { readStreamContainer } from './stream-container.js';
import { tensorNumbers } from './tensor-numbers.js';
import { readZipContainer } from './zip-container.js';

/** How many batches a normalisation has seen in training: 64-bit integers, of no use to a trained network. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/**
 * Reads F32, F16, BF16 and F64 tensors (the last two as F32); batch normalisation's counters are left aside.
 *
 * @param form zip since PyTorch 1.6, a stream of pickles before
 * @param file its name for errors
 * @throws OsvosError `weights-unfit`
 */
export function parsePth(
  content: Uint8Array,
  form: 'zip' | 'stream',
  file: string,
  options: ReadOptions = {},
): WeightFile {
  const container = form === 'zip' ? readZipContainer(content, file) : readStreamContainer(content, file);
  const allowance = { bytes: unfoldedBytes(content.length) };
  const tensors: Weights = new Map();
  for (const [name, tensor] of findStateDict(container.value, file)) {
    if (options.skip?.(name) || COUNTER.test(name)) continue;
    const where = `${file}, tensor ${name}`;
    const storage = () => container.bytesOf(tensor.storage, where);
    tensors.set(name, tensorNumbers(tensor, storage, allowance, where));
  }
  return { tensors, metadata: {} };
}
