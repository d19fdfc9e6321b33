/** What a pickle can hold here: Python’s plain values, and tensors as descriptions of where their numbers lie. */
import type { StorageType } from './storage-types.js';

export type PickleValue =
  | null
  | boolean
  | number
  /** Whole numbers beyond ±2⁵³. */
  | bigint
  | string
  | PickleList
  | PickleTuple
  | PickleDict
  | GlobalName
  | Storage
  | StridedTensor;

export interface PickleList {
  kind: 'list';
  items: PickleValue[];
}

export interface PickleTuple {
  kind: 'tuple';
  items: readonly PickleValue[];
}

export interface PickleDict {
  kind: 'dict';
  /** In the order in which keys first came. */
  entries: Map<DictKey, PickleValue>;
}

export type DictKey = string | number | bigint | boolean | null;

/** A class or function that a pickle names: only a name here, nothing is ever looked up or run. */
export interface GlobalName {
  kind: 'global';
  /** `module.name`, one of the list in `globals.ts`. */
  name: string;
}

/** A row of numbers of one type that tensors look at; the container knows where in the file it lies. */
export interface Storage {
  kind: 'storage';
  type: StorageType;
  key: string;
  /** Numbers in all of it. */
  length: number;
  /** The part that is meant, where old files name one. */
  from: number;
  count: number;
}

/** A tensor as PyTorch saves it; sizes and strides count numbers and are not checked against the storage yet. */
export interface StridedTensor {
  kind: 'tensor';
  storage: Storage;
  offset: number;
  shape: number[];
  strides: number[];
}

/** What a value is, for messages. */
export function describe(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'a truth value';
  if (typeof value === 'object') return value.kind === 'global' ? value.name : `a ${value.kind}`;
  return 'a number';
}
