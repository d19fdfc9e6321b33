/** Which tensors of what a PyTorch file holds are the network's: all, or those of a training's checkpoint. */
import { isOneLine } from '../one-line.js';
import { printable, unfit } from '../unfit.js';
import { describe, type DictKey, type PickleValue, type StridedTensor } from './pickle-values.js';
import { SAVE_PLAIN } from './save-plain.js';

/** Tensors by name, in the file's order. */
export type StateDict = Map<string, StridedTensor>;

/** Names under which checkpoints keep the network, where more than one of their entries could be it. */
const networkKeys = [
  'state_dict',
  'model_state_dict',
  'model',
  'network',
  'net',
  'module',
  'params',
  'weights',
];

/** What DataParallel puts in front of every name. */
const PARALLEL_PREFIX = 'module.';

/** Keys listed in an error. */
const KEYS_LISTED = 8;

/**
 * The state dict itself, or the one in a checkpoint's dictionary: the only one there, or the only one under a usual
 * name. Names lose DataParallel's prefix where all have it.
 *
 * @throws OsvosError `weights-unfit` when there is none, or more than one could be meant
 */
export function findStateDict(value: PickleValue, where: string): StateDict {
  const whole = asStateDict(value);
  if (whole) return checkedNames(whole, where);
  if (typeof value !== 'object' || value?.kind !== 'dict') {
    throw unfit(`it holds ${describe(value)}, not tensors by name`, where, SAVE_PLAIN);
  }
  const found = new Map<DictKey, StateDict>();
  // one dictionary may stand under many keys: each is looked at once
  const seen = new Set<PickleValue>();
  for (const [key, entry] of value.entries) {
    const dict = seen.has(entry) ? undefined : asStateDict(entry);
    seen.add(entry);
    if (dict) found.set(key, dict);
  }
  const usual = networkKeys.filter((key) => found.has(key));
  const key = found.size === 1 ? [...found.keys()][0] : usual.length === 1 ? usual[0] : undefined;
  if (key !== undefined) return checkedNames(found.get(key)!, where);
  if (found.size === 0) {
    const others = [...value.entries].filter(([, entry]) => describe(entry) !== 'a tensor');
    const what =
      others.length > 0
        ? `these entries are no tensors: ${listed(others.map(([key]) => key))}`
        : 'it is empty';
    throw unfit(`it holds no state dict (${what})`, where, SAVE_PLAIN);
  }
  const keys = [...found.keys()];
  throw unfit(
    `it holds several networks (${listed(keys)}), and which is meant is not clear`,
    where,
    `save the one alone with PyTorch, such as torch.save(torch.load(FILE)[${JSON.stringify(printable(String(keys[0])))}], "weights.pth")`,
  );
}

/** Undefined unless there is a tensor, and nothing but tensors by name. */
function asStateDict(value: PickleValue): StateDict | undefined {
  if (typeof value !== 'object' || value?.kind !== 'dict' || value.entries.size === 0) return undefined;
  const tensors: StateDict = new Map();
  for (const [name, entry] of value.entries) {
    if (typeof name !== 'string' || typeof entry !== 'object' || entry?.kind !== 'tensor') return undefined;
    tensors.set(name, entry);
  }
  return tensors;
}

/** Parallel training's prefix goes. */
function checkedNames(tensors: StateDict, where: string): StateDict {
  for (const name of tensors.keys()) {
    if (!isOneLine(name)) {
      throw unfit(`"${printable(name)}" is no name of a tensor`, where, SAVE_PLAIN);
    }
  }
  return withoutPrefix(tensors);
}

function withoutPrefix(tensors: StateDict): StateDict {
  const entries = [...tensors];
  if (!entries.every(([name]) => name.startsWith(PARALLEL_PREFIX))) return tensors;
  return new Map(entries.map(([name, tensor]) => [name.slice(PARALLEL_PREFIX.length), tensor]));
}

function listed(keys: readonly DictKey[]): string {
  const more = keys.length > KEYS_LISTED ? ` and ${keys.length - KEYS_LISTED} more` : '';
  const shown = keys.slice(0, KEYS_LISTED).map((key) => `"${printable(String(key))}"`);
  return shown.join(', ') + more;
}
