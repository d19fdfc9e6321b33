/**
 * Bounds on what a PyTorch file may ask for, far above what a network’s weights need and low enough that no small file
 * can take long or fill the memory.
 */

/** Steps of the pickle machine: a tensor takes about 30, and no step takes longer than its own bytes. */
export const PICKLE_STEPS = 1_000_000;

/** Marks open at once: dictionaries in dictionaries, each with half-built arguments. */
export const PICKLE_DEPTH = 200;

/** Entries that lists hand to dictionaries: a list may be named again and again, and each time costs its whole length. */
export const COPIED_ENTRIES = 1_000_000;
