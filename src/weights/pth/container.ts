import type { PickleValue, Storage } from './pickle-values.js';

/** What both forms of PyTorch's files come to: a pickle that describes tensors, and the storages with their numbers. */
export interface Container {
  value: PickleValue;
  /**
   * All bytes of a storage, as many as it says. Throws `weights-unfit` when the file has no such storage, or one of
   * another length; `where` is for that message.
   */
  bytesOf(storage: Storage, where: string): Uint8Array;
}
