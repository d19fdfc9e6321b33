/** Members of a zip archive, as PyTorch and NumPy write them: stored or deflated. */
import { crc32, inflateRawSync } from 'node:zlib';
import { unfoldedBytes } from '../bounds.js';
import { damaged, unfit } from '../unfit.js';
import { PACK_AGAIN, readZipDirectory, type ZipEntry } from './zip-directory.js';

export interface ZipArchive {
  names(): string[];
  /** Length of a member as it comes out; undefined when there is none. Nothing is unpacked. */
  bytesOf(name: string): number | undefined;
  /** Its bytes; those of a stored member are a view of the file. Throws `weights-unfit`. */
  read(name: string): Uint8Array;
}

const LOCAL = { signature: 0x04034b50, bytes: 30 };

/** Throws `weights-unfit` when the table of contents is missing or wrong; `where` is for errors. */
export function openZip(content: Uint8Array, where: string): ZipArchive {
  const entries = readZipDirectory(content, where);
  let allowance = unfoldedBytes(content.length);
  return {
    names: () => [...entries.keys()],
    bytesOf: (name) => entries.get(name)?.bytes,
    read(name) {
      const entry = entries.get(name);
      if (!entry) throw damaged(`the archive lacks ${name}`, where);
      const at = `${where}, ${name}`;
      const packed = locate(content, entry, at);
      const stored = entry.method === 'stored';
      if (stored && packed.length !== entry.bytes) throw wrongLength(packed, entry, at);
      // stored members too: those that overlap would be more than the file, and their check sums take time
      allowance -= entry.bytes;
      if (allowance < 0) throw unfit('it unpacks to far more than the file holds', at, PACK_AGAIN);
      const bytes = stored ? packed : inflate(packed, entry.bytes, at);
      if (bytes.length !== entry.bytes) throw wrongLength(bytes, entry, at);
      // PyTorch can be told to leave the check sum out, and writes 0
      if (entry.crc32 !== 0 && crc32(bytes) !== entry.crc32) throw damaged('its check sum is wrong', at);
      return bytes;
    },
  };
}

function wrongLength(bytes: Uint8Array, entry: ZipEntry, where: string): Error {
  return damaged(`${bytes.length} bytes instead of ${entry.bytes}`, where);
}

/** The packed bytes, behind the member's own header, which must name it too. */
function locate(content: Uint8Array, entry: ZipEntry, where: string): Uint8Array {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const { header } = entry;
  const fits = header + LOCAL.bytes <= content.length && view.getUint32(header, true) === LOCAL.signature;
  if (!fits) throw damaged('it is not where the archive’s table of contents says', where);
  const nameBytes = view.getUint16(header + 26, true);
  const name = Buffer.from(
    content.buffer,
    content.byteOffset + header + LOCAL.bytes,
    Math.min(nameBytes, content.length - header - LOCAL.bytes),
  );
  const start = header + LOCAL.bytes + nameBytes + view.getUint16(header + 28, true);
  if (name.toString('utf8') !== entry.name || start + entry.packed > content.length) {
    throw damaged('it is not where the archive’s table of contents says', where);
  }
  return content.subarray(start, start + entry.packed);
}

function inflate(packed: Uint8Array, bytes: number, where: string): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) });
  } catch (error) {
    throw Object.assign(damaged(`it cannot be unpacked (${(error as Error).message})`, where), {
      cause: error,
    });
  }
}
