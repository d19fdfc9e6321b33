/** PyTorch's files since 1.6: a zip archive with one folder, in it `data.pkl` and `data/<key>` for each storage. */
import { damaged, unfit } from '../unfit.js';
import { openZip } from '../zip/zip-archive.js';
import type { Container } from './container.js';
import { unpickle } from './pickle-machine.js';
import { SAVE_PLAIN } from './save-plain.js';

const PICKLE = '/data.pkl';

/** Throws `weights-unfit`. */
export function readZipContainer(content: Uint8Array, file: string): Container {
  const archive = openZip(content, file);
  const pickles = archive
    .names()
    .filter((name) => name.endsWith(PICKLE) && name.indexOf('/') === name.length - PICKLE.length);
  if (pickles.length !== 1) {
    throw unfit(
      `the archive has ${pickles.length || 'no'} data.pkl: PyTorch did not write it`,
      file,
      SAVE_PLAIN,
    );
  }
  const folder = pickles[0].slice(0, -PICKLE.length);
  if (archive.names().includes(`${folder}/constants.pkl`)) {
    throw unfit('it is a TorchScript program, not weights alone', file, SAVE_PLAIN);
  }
  checkByteOrder(`${folder}/byteorder`);
  const { value, end } = unpickle(archive.read(pickles[0]), 0, `${file}, ${pickles[0]}`);
  if (end !== archive.bytesOf(pickles[0]))
    throw damaged('bytes follow after the end of the pickle', `${file}, ${pickles[0]}`);
  const read = new Map<string, Uint8Array>();
  return {
    value,
    bytesOf({ key, type, length }, where) {
      const name = `${folder}/data/${key}`;
      const bytes = archive.bytesOf(name);
      if (bytes === undefined) throw damaged(`its numbers are missing (${name})`, where);
      // the last number of a view by another type may be incomplete
      if (Math.floor(bytes / type.bytes) !== length) {
        throw damaged(`its storage has ${bytes} bytes instead of ${length * type.bytes}`, where);
      }
      // unpacked and checked once, however many tensors share it
      const known = read.get(key) ?? archive.read(name);
      read.set(key, known);
      return known;
    },
  };

  /** Not there before PyTorch 2.1. */
  function checkByteOrder(name: string): void {
    if (archive.bytesOf(name) === undefined) return;
    const order = Buffer.from(archive.read(name)).toString('latin1');
    if (order !== 'little') {
      throw unfit(
        `its numbers are in the byte order ${JSON.stringify(order.slice(0, 20))}`,
        file,
        'save it on a little-endian machine',
      );
    }
  }
}
