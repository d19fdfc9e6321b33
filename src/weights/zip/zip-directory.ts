/** The table of contents of a zip archive (PKWARE's APPNOTE, sections 4.3 and 4.5.3), also with 64-bit sizes. */
import { isOneLine } from '../one-line.js';
import { damaged, printable, unfit } from '../unfit.js';

/** A member of an archive. */
export interface ZipEntry {
  name: string;
  /** How its bytes are packed; others are refused. */
  method: 'stored' | 'deflated';
  /** Packed, and as they come out. */
  packed: number;
  bytes: number;
  crc32: number;
  /** Where its own header starts. */
  header: number;
}

/** For archives that no program which saves weights would write. */
export const PACK_AGAIN = 'save it again with the program that made it, without encryption';

const END = { signature: 0x06054b50, bytes: 22, longestComment: 0xffff };
const END_64 = { signature: 0x06064b50, bytes: 56 };
const LOCATOR_64 = { signature: 0x07064b50, bytes: 20 };
const ENTRY = { signature: 0x02014b50, bytes: 46 };

/** Values that mean “see the 64-bit field”. */
const SEE_64 = 0xffffffff;
const EXTRA_64 = 0x0001;

const ENCRYPTED = 1;
const methods: Partial<Record<number, ZipEntry['method']>> = { 0: 'stored', 8: 'deflated' };

/** Members by name. Throws `weights-unfit` when the table is missing, damaged, or names a member twice. */
export function readZipDirectory(content: Uint8Array, where: string): Map<string, ZipEntry> {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const { start, end, count } = findDirectory(view, where);
  const entries = new Map<string, ZipEntry>();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY.bytes > end || view.getUint32(at, true) !== ENTRY.signature) throw brokenTable(where);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) =>
      view.getUint16(at + offset, true),
    );
    const next = at + ENTRY.bytes + nameBytes + extraBytes + commentBytes;
    if (next > end) throw brokenTable(where);
    const nameAt = at + ENTRY.bytes;
    const name = Buffer.from(content.buffer, content.byteOffset + nameAt, nameBytes).toString('utf8');
    if (!isOneLine(name)) throw damaged(`"${printable(name)}" is no name of an archive’s member`, where);
    const sizes = {
      bytes: view.getUint32(at + 24, true),
      packed: view.getUint32(at + 20, true),
      header: view.getUint32(at + 42, true),
    };
    readExtra64(view, nameAt + nameBytes, nameAt + nameBytes + extraBytes, sizes, where);
    const packing = view.getUint16(at + 10, true);
    const method = methods[packing];
    if (!method || (view.getUint16(at + 8, true) & ENCRYPTED) !== 0) {
      const how = method ? 'encrypted' : `packed by method ${packing}`;
      throw unfit(`member ${name} of the archive is ${how}, which is not read`, where, PACK_AGAIN);
    }
    if (entries.has(name)) throw damaged(`the archive has two members named ${name}`, where);
    entries.set(name, { name, method, ...sizes, crc32: view.getUint32(at + 16, true) });
    at = next;
  }
  if (at !== end) throw brokenTable(where);
  return entries;
}

/** Where the table is and how many members it has: said at the archive's end, before a comment. */
function findDirectory(view: DataView, where: string): { start: number; end: number; count: number } {
  const length = view.byteLength;
  const last = length - END.bytes;
  let at = last;
  const first = Math.max(0, last - END.longestComment);
  const isEnd = () =>
    view.getUint32(at, true) === END.signature && view.getUint16(at + 20, true) === last - at;
  while (at >= first && !isEnd()) at--;
  if (at < first) throw damaged('the archive’s table of contents is missing: the file is cut off', where);
  let [count, size, start] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ];
  let tableEnd = at;
  const locator = at - LOCATOR_64.bytes;
  if (locator >= 0 && view.getUint32(locator, true) === LOCATOR_64.signature) {
    const at64 = count64(view, locator + 8);
    if (at64 + END_64.bytes > locator || view.getUint32(at64, true) !== END_64.signature)
      throw brokenTable(where);
    [count, size, start] = [32, 40, 48].map((offset) => count64(view, at64 + offset));
    tableEnd = at64;
  }
  if (start + size !== tableEnd) throw brokenTable(where);
  return { start, end: tableEnd, count };
}

/** Replaces sizes that did not fit into 32 bits by those of the extra field, which holds only these, in this order. */
function readExtra64(
  view: DataView,
  from: number,
  to: number,
  sizes: Pick<ZipEntry, 'bytes' | 'packed' | 'header'>,
  where: string,
): void {
  const large = (['bytes', 'packed', 'header'] as const).filter((key) => sizes[key] === SEE_64);
  if (large.length === 0) return;
  for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== EXTRA_64) continue;
    if (at + 4 + 8 * large.length > to) break;
    large.forEach((key, i) => (sizes[key] = count64(view, at + 4 + 8 * i)));
    return;
  }
  throw brokenTable(where);
}

/** Beyond 2⁵³ it is inexact, and larger than any file all the same. */
function count64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function brokenTable(where: string): Error {
  return damaged('the archive’s table of contents contradicts itself', where);
}
