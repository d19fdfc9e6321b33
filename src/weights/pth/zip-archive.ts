/** Members of a zip archive, as PyTorch writes them (stored) or a repacking tool (deflated). */
import { crc32, inflateRawSync } from 'node:zlib';
import { unfoldedBytes } from './limits.js';
import { damaged, SAVE_PLAIN, unfit } from './unfit.js';
import { readZipDirectory, type ZipEntry } from './zip-directory.js';

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
      if (entry.method === 'deflated') {
        allowance -= entry.bytes;
        if (allowance < 0) throw unfit('it unpacks to far more than the file holds', at, SAVE_PLAIN);
      }
      const bytes = entry.method === 'stored' ? packed : inflate(packed, entry.bytes, at);
      if (bytes.length !== entry.bytes) throw damaged(`${bytes.length} bytes instead of ${entry.bytes}`, at);
      // PyTorch can be told to leave the check sum out, and writes 0
      if (entry.crc32 !== 0 && crc32(bytes) !== entry.crc32) throw damaged('its check sum is wrong', at);
      return bytes;
    },
  };
}

/** The packed bytes, behind the member's own header, which must name it too. */
function locate(content: Uint8Array, entry: ZipEntry, where: string): Uint8Array {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const { header } = entry;
  const fits = header + LOCAL.bytes <= content.length && view.getUint32(header, true) === LOCAL.signature;
  if (!fits) throw damaged('it is not where the archive’s table of contents says', where);
  const nameBytes = view.getUint16(header + 26, true);
  const name = Buffer.from(content.buffer, content.byteOffset + header + LOCAL.bytes, Math.min(nameBytes, content.length - header - LOCAL.bytes));
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
    throw Object.assign(damaged(`it cannot be unpacked (${(error as Error).message})`, where), { cause: error });
  }
}
