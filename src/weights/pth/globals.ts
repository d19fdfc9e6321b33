/**
 * The classes and functions that a state dict may name, and what stands for their results here. A pickle is a program:
 * whatever it names, PyTorch would import and call. Here a name outside of this list ends the reading, and those on it
 * only arrange values; no code is looked up by name.
 */
import { AXES } from '../bounds.js';
import { isOneLine } from '../one-line.js';
import { unfit } from '../unfit.js';
import { COPIED_ENTRIES } from './limits.js';
import { describe, type DictKey, type PickleDict, type PickleValue, type Storage } from './pickle-values.js';
import { SAVE_PLAIN } from './save-plain.js';
import { storageTypes } from './storage-types.js';

/** What one pickle has come to so far. */
export interface PickleContext {
  /** File and part of it, for messages. */
  where: string;
  /** Entries that were copied from lists to dictionaries. */
  copied: number;
  /** All that were referred to, whole, by key. */
  storages: Map<string, Storage>;
}

type Call = (args: readonly PickleValue[], context: PickleContext) => PickleValue;

const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['collections.OrderedDict', orderedDict],
  // in the state of learning-rate schedules
  ['collections.Counter', orderedDict],
  ['torch.Size', size],
  // before PyTorch 0.4, without gradients’ flags
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', parameter],
  // before PyTorch 0.4
  ['torch.nn.parameter.Parameter', parameter],
]);

/** Whether a pickle may name it. */
export function isKnownGlobal(name: string): boolean {
  return calls.has(name) || storageTypes.has(name);
}

/** The result of a named function or class on a tuple of arguments. Throws `weights-unfit` for any that do not fit. */
export function callGlobal(callee: PickleValue, args: PickleValue, context: PickleContext): PickleValue {
  const call = isKind(callee, 'global') ? calls.get(callee.name) : undefined;
  if (call === undefined || !isKind(args, 'tuple')) {
    throw misused(`the pickle calls ${describe(callee)} with ${describe(args)}`, context);
  }
  return call(args.items, context);
}

/** Storage for `('storage', class, key, device, length)`, with a part `(key, from, count)` behind it in old files. */
export function storageOf(id: PickleValue, context: PickleContext): Storage {
  const [tag, type, key, device, length, part = null] = isKind(id, 'tuple') ? id.items : [];
  if (tag === 'module')
    throw unfit('it holds a whole network with its program, not weights alone', context.where, SAVE_PLAIN);
  const known = isKind(type, 'global') ? storageTypes.get(type.name) : undefined;
  if (
    tag !== 'storage' ||
    !known ||
    typeof key !== 'string' ||
    !isOneLine(key) ||
    typeof device !== 'string' ||
    !isCount(length)
  ) {
    throw misused(`the pickle refers to ${describe(id)} that is no storage of PyTorch`, context);
  }
  const whole: Storage = { kind: 'storage', type: known, key, length, from: 0, count: length };
  const before = context.storages.get(key) ?? whole;
  if (before.type !== known || before.length !== length) {
    throw misused(`the pickle names storage ${key} with two types or lengths`, context);
  }
  context.storages.set(key, whole);
  if (part === null) return whole;
  const [, from, count] = isKind(part, 'tuple') ? part.items : [];
  if (!isCount(from) || !isCount(count) || from + count > length) {
    throw misused(
      `the pickle names a part of storage ${key} that is not inside its ${length} numbers`,
      context,
    );
  }
  return { ...whole, from, count };
}

/** Attributes that a pickle adds to what it has built: versions of modules, flags of parameters. None of them is needed. */
export function setState(target: PickleValue, state: PickleValue, context: PickleContext): void {
  const fits = isKind(target, 'dict')
    ? isKind(state, 'dict')
    : isKind(target, 'tensor') && isKind(state, 'tuple');
  if (!fits) throw misused(`the pickle sets ${describe(state)} as the state of ${describe(target)}`, context);
}

/** Adds an entry, or replaces one. Throws `weights-unfit` for keys that are no texts or numbers. */
export function setEntry(
  dict: PickleDict,
  key: PickleValue,
  value: PickleValue,
  { where }: PickleContext,
): void {
  if (typeof key === 'object' && key !== null)
    throw unfit(`a dictionary has ${describe(key)} for a key`, where, SAVE_PLAIN);
  dict.entries.set(key satisfies DictKey, value);
}

/** Python 3 fills it afterwards, Python 2 hands over a list of `[key, value]`. */
function orderedDict(args: readonly PickleValue[], context: PickleContext): PickleDict {
  const dict: PickleDict = { kind: 'dict', entries: new Map() };
  const [content] = args;
  if (args.length === 0) return dict;
  if (args.length > 1) throw misused('the pickle makes a dictionary of several arguments', context);
  if (isKind(content, 'dict')) {
    spend(content.entries.size, context);
    for (const [key, value] of content.entries) dict.entries.set(key, value);
  } else if (isSequence(content)) {
    spend(content.items.length, context);
    for (const pair of content.items) {
      if (!isSequence(pair) || pair.items.length !== 2)
        throw misused(`the pickle makes a dictionary of ${describe(pair)}`, context);
      setEntry(dict, pair.items[0], pair.items[1], context);
    }
  } else throw misused(`the pickle makes a dictionary of ${describe(content)}`, context);
  return dict;
}

/** `(storage, offset, sizes, strides, …)`; what follows, flags and hooks of gradients, has no part in the numbers. */
function rebuildTensor(args: readonly PickleValue[], context: PickleContext): PickleValue {
  const [storage, offset, sizes, strides] = args;
  if (!isKind(storage, 'storage'))
    throw misused(`the pickle makes a tensor of ${describe(storage)}`, context);
  if (
    !isCounts(sizes) ||
    !isCounts(strides) ||
    !isCount(offset) ||
    sizes.items.length !== strides.items.length
  ) {
    throw misused(`the pickle makes a tensor whose sizes, strides and offset are no counts`, context);
  }
  return { kind: 'tensor', storage, offset, shape: [...sizes.items], strides: [...strides.items] };
}

function size([sizes]: readonly PickleValue[], context: PickleContext): PickleValue {
  if (!isSequence(sizes)) throw misused(`the pickle makes a size of ${describe(sizes)}`, context);
  return { kind: 'tuple', items: sizes.items };
}

function parameter([tensor]: readonly PickleValue[], context: PickleContext): PickleValue {
  if (!isKind(tensor, 'tensor'))
    throw misused(`the pickle makes a parameter of ${describe(tensor)}`, context);
  return tensor;
}

function spend(entries: number, context: PickleContext): void {
  context.copied += entries;
  if (context.copied > COPIED_ENTRIES) {
    throw unfit(`its dictionaries would have more than ${COPIED_ENTRIES} entries`, context.where, SAVE_PLAIN);
  }
}

function misused(what: string, { where }: PickleContext): Error {
  return unfit(what, where, SAVE_PLAIN);
}

type Kinds = Exclude<PickleValue, null | boolean | number | bigint | string>;

function isKind<K extends Kinds['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<Kinds, { kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}

function isSequence(value: PickleValue | undefined): value is Extract<Kinds, { kind: 'list' | 'tuple' }> {
  return isKind(value, 'list') || isKind(value, 'tuple');
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: PickleValue | undefined): value is { kind: 'tuple'; items: number[] } {
  // the length first: a long tuple may be named many times
  return isKind(value, 'tuple') && value.items.length <= AXES && value.items.every(isCount);
}
