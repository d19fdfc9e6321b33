/** The ways of segmenting that are compared. */
import type { RegisteredMethod } from '../methods/registry.js';
import type { CommonOptions, SegmentSettings } from './segment-options.js';

/** A method with options and settings. */
export interface Way<Options extends CommonOptions> {
  method: RegisteredMethod<Options>;
  options: Options;
  settings: SegmentSettings;
}

/** A variant: a way of segmenting whose options only itself knows. */
export interface ChosenWay {
  /** As it was written: `osvos@iterations=50`. */
  label: string;
  family: 'online' | 'offline';
  /** Hands the way to `use`, which has to do for any. */
  with<T>(use: <Options extends CommonOptions>(way: Way<Options>) => T): T;
}

/** Folder of a variant's masks below the comparison's; slashes of file names and what shells trip over become underscores. */
export function folderOf(label: string, seed?: number): string {
  const name = label.replace(/[^\w.@=,+-]/g, '_');
  return seed === undefined ? name : `${name}@seed=${seed}`;
}
