/** Reads archives of `zip-writer.ts` back, from the file and member by member: memory does not grow with the archive. */
import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { END, END_64, ENTRY, LOCAL, LOCATOR_64 } from './zip-writer.js';

export interface ZipMember {
  name: string;
  bytes: number;
  crc32: number;
  /** Where its own header starts. */
  header: number;
}

const STORED = 0;
/** The number of members stands in the 64-bit end. */
const SEE_64 = 0xffff;

/** Members in the order of the table of contents, each with its content. Throws `Error` on archives that are damaged. */
export async function* readZip(
  file: string,
): AsyncGenerator<{ name: string; content: Uint8Array }, void, undefined> {
  const handle = await open(file);
  try {
    for (const member of await readTable(handle)) {
      yield { name: member.name, content: await readMember(handle, member) };
    }
  } finally {
    await handle.close();
  }
}

async function readTable(handle: FileHandle): Promise<ZipMember[]> {
  const { size } = await handle.stat();
  const end = await readAt(handle, size - END.bytes, END.bytes);
  if (end.readUInt32LE(0) !== END.signature) throw new Error('the archive has no end');
  let count = end.readUInt16LE(10);
  const [bytes, start] = [end.readUInt32LE(12), end.readUInt32LE(16)];
  if (count === SEE_64) {
    const locator = await readAt(handle, size - END.bytes - LOCATOR_64.bytes, LOCATOR_64.bytes);
    if (locator.readUInt32LE(0) !== LOCATOR_64.signature) throw new Error('the archive has no 64-bit end');
    const end64 = await readAt(handle, Number(locator.readBigUInt64LE(8)), END_64.bytes);
    if (end64.readUInt32LE(0) !== END_64.signature) throw new Error('the archive has no 64-bit end');
    count = Number(end64.readBigUInt64LE(32));
  }
  const table = await readAt(handle, start, bytes);
  const members: ZipMember[] = [];
  for (let at = 0; members.length < count;) {
    if (table.readUInt32LE(at) !== ENTRY.signature) throw new Error('the table of contents is damaged');
    const after = at + ENTRY.bytes + table.readUInt16LE(at + 28);
    if (table.readUInt16LE(at + 10) !== STORED) throw new Error('a member is packed');
    members.push({
      name: table.toString('utf8', at + ENTRY.bytes, after),
      bytes: table.readUInt32LE(at + 24),
      crc32: table.readUInt32LE(at + 16),
      header: table.readUInt32LE(at + 42),
    });
    at = after + table.readUInt16LE(at + 30) + table.readUInt16LE(at + 32);
  }
  return members;
}

async function readMember(
  handle: FileHandle,
  { name, bytes, crc32: sum, header }: ZipMember,
): Promise<Uint8Array> {
  const local = await readAt(handle, header, LOCAL.bytes);
  const title = local.readUInt16LE(26);
  if (local.readUInt32LE(0) !== LOCAL.signature || local.readUInt32LE(18) !== bytes) {
    throw new Error(`the header of ${name} differs from the table of contents`);
  }
  const content = await readAt(handle, header + LOCAL.bytes + title + local.readUInt16LE(28), bytes);
  if (crc32(content) !== sum) throw new Error(`the check sum of ${name} is wrong`);
  return content;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error('the archive ends early');
  return buffer;
}
