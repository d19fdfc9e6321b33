/**
 * PyTorch's files from 0.1.10 to 1.5: five pickles back to back (magic number, protocol, the writing machine, the object,
 * the storages' keys), then for each key the count of its numbers, 8 bytes, and the numbers.
 */
import { damaged, unfit } from '../unfit.js';
import type { Container } from './container.js';
import { unpickle, type Unpickled } from './pickle-machine.js';
import { describe, type PickleValue, type Storage } from './pickle-values.js';
import { SAVE_PLAIN } from './save-plain.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const COUNT_BYTES = 8;

/** Throws `weights-unfit`. */
export function readStreamContainer(content: Uint8Array, file: string): Container {
  let position = 0;
  const next = (part: string): Unpickled => {
    const unpickled = unpickle(content, position, `${file}, ${part}`);
    position = unpickled.end;
    return unpickled;
  };
  if (next('magic number').value !== MAGIC)
    throw unfit('a pickle, but not one of PyTorch’s', file, SAVE_PLAIN);
  const protocol = next('protocol').value;
  if (protocol !== PROTOCOL)
    throw unfit(
      `PyTorch’s protocol of such files is ${PROTOCOL}, this is ${describe(protocol)}`,
      file,
      SAVE_PLAIN,
    );
  checkByteOrder(next('description of the machine').value, file);
  const { value, storages } = next('pickle');
  const numbers = findNumbers(content, next('list of storages'), storages, file);
  return {
    value,
    bytesOf({ key }, where) {
      const bytes = numbers.get(key);
      if (!bytes) throw damaged(`its numbers are missing (storage ${key})`, where);
      return bytes;
    },
  };
}

function checkByteOrder(machine: PickleValue, file: string): void {
  const little =
    typeof machine === 'object' && machine?.kind === 'dict'
      ? machine.entries.get('little_endian')
      : undefined;
  if (little !== true) {
    throw unfit(
      'its numbers are not said to be little-endian',
      file,
      'save it again with PyTorch on such a machine',
    );
  }
}

/** Views of the storages that follow the list of their keys, to the file's end. */
function findNumbers(
  content: Uint8Array,
  { value: keys, end }: Unpickled,
  storages: ReadonlyMap<string, Storage>,
  file: string,
): Map<string, Uint8Array> {
  if (typeof keys !== 'object' || keys?.kind !== 'list')
    throw damaged('the list of its storages is missing', file);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const numbers = new Map<string, Uint8Array>();
  let position = end;
  for (const key of keys.items) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage || numbers.has(storage.key))
      throw damaged('the list of its storages does not fit to its tensors', file);
    const where = `${file}, storage ${storage.key}`;
    if (position + COUNT_BYTES > content.length) throw damaged('the file ends before its numbers', where);
    const count = Number(view.getBigInt64(position, true));
    if (count !== storage.length)
      throw damaged(`it has ${count} numbers instead of ${storage.length}`, where);
    position += COUNT_BYTES;
    const bytes = count * storage.type.bytes;
    if (bytes > content.length - position)
      throw damaged(`the file ends after ${content.length - position} of its ${bytes} bytes`, where);
    numbers.set(storage.key, content.subarray(position, position + bytes));
    position += bytes;
  }
  if (position !== content.length)
    throw damaged(`${content.length - position} bytes after the last storage belong to none`, file);
  return numbers;
}
