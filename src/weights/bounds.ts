/** Bounds on what any weight file may ask for: far above what networks need, so low that no small file fills the memory. */

const MIB = 2 ** 20;

/** Axes of a tensor; convolutions have four. */
export const AXES = 32;

/** Longest name of a tensor, a storage or a member of an archive: modules in modules, each named in a word. */
export const NAME_LETTERS = 500;

/**
 * Bytes that may come out of a file: tensors may share numbers (strides of 0 repeat them without end), and archives may
 * be compressed. Sixteenfold, and whatever the file’s size this much.
 */
const UNFOLDING = { factor: 16, always: 64 * MIB };

/** Bytes that a file of `bytes` may unfold to. */
export function unfoldedBytes(bytes: number): number {
  return UNFOLDING.factor * bytes + UNFOLDING.always;
}

/** Bytes that may still come out of one file. */
export interface Allowance {
  bytes: number;
}
