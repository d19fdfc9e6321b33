/**
 * Zip archives whose members are stored as they are: PNG does not get smaller. Sizes stand before each member, so that
 * every reader takes them (streaming writers put them behind, which some readers refuse for stored members).
 * PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16.
 */
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { OsvosError } from '../../errors.js';

export interface ZipWriter {
  /** Appends a member. Throws `cannot-write`. */
  add(name: string, content: Uint8Array): Promise<void>;
  /** Writes the table of contents and closes the file. Throws `cannot-write`. */
  finish(): Promise<void>;
  /** Closes the file as it is; after `finish` nothing is left to do. */
  close(): Promise<void>;
}

export const LOCAL = { signature: 0x04034b50, bytes: 30 };
export const ENTRY = { signature: 0x02014b50, bytes: 46 };
export const END = { signature: 0x06054b50, bytes: 22 };
export const END_64 = { signature: 0x06064b50, bytes: 56 };
export const LOCATOR_64 = { signature: 0x07064b50, bytes: 20 };

/** More members than this need the 64-bit end; LVOS has such sets. */
const MOST_MEMBERS = 0xffff;
/** Archives of 4 GiB need 64-bit offsets in every member, which this writer leaves out. */
const MOST_BYTES = 0xffffffff;
const STORED_VERSION = 10;
const VERSION_64 = 45;
const UNIX = 3 << 8;
const UTF8 = 1 << 11;
/** 1 January 1980, the earliest there is: same masks, same bytes. */
const DATE = (1 << 5) | 1;
const PLAIN_FILE = 0o100644;

/** Throws `cannot-write`. */
export async function createZip(file: string): Promise<ZipWriter> {
  const handle = await open(file, 'w').catch((error: unknown) => cannotWrite(error, file));
  const entries: Buffer[] = [];
  let offset = 0;
  let isOpen = true;
  const write = async (bytes: Uint8Array) => {
    if (offset + bytes.length > MOST_BYTES) {
      throw new OsvosError(
        'cannot-write',
        'the archive would be larger than 4 GiB',
        file,
        'export fewer sequences',
      );
    }
    await handle.writeFile(bytes).catch((error: unknown) => cannotWrite(error, file));
    offset += bytes.length;
  };
  const close = async () => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    async add(name, content) {
      const title = Buffer.from(name, 'utf8');
      entries.push(Buffer.concat([entryHeader(title, content, offset), title]));
      await write(Buffer.concat([localHeader(title, content), title, content]));
    },
    async finish() {
      const start = offset;
      for (const entry of entries) await write(entry);
      await write(endOfArchive(entries.length, start, offset - start));
      await close();
    },
    close,
  };
}

function localHeader(title: Buffer, content: Uint8Array): Buffer {
  const header = Buffer.alloc(LOCAL.bytes);
  header.writeUInt32LE(LOCAL.signature, 0);
  header.writeUInt16LE(STORED_VERSION, 4);
  writeFacts(header, 6, title, content);
  return header;
}

function entryHeader(title: Buffer, content: Uint8Array, offset: number): Buffer {
  const header = Buffer.alloc(ENTRY.bytes);
  header.writeUInt32LE(ENTRY.signature, 0);
  header.writeUInt16LE(UNIX | STORED_VERSION, 4);
  header.writeUInt16LE(STORED_VERSION, 6);
  writeFacts(header, 8, title, content);
  header.writeUInt32LE((PLAIN_FILE << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return header;
}

/** What both headers have in the same order: flags, method, time, date, check sum, sizes, length of the name. */
function writeFacts(header: Buffer, at: number, title: Buffer, content: Uint8Array): void {
  header.writeUInt16LE(UTF8, at);
  header.writeUInt16LE(DATE, at + 6);
  header.writeUInt32LE(crc32(content), at + 8);
  header.writeUInt32LE(content.length, at + 12);
  header.writeUInt32LE(content.length, at + 16);
  header.writeUInt16LE(title.length, at + 20);
}

function endOfArchive(count: number, start: number, bytes: number): Buffer {
  const end = Buffer.alloc(END.bytes);
  end.writeUInt32LE(END.signature, 0);
  end.writeUInt16LE(Math.min(count, MOST_MEMBERS), 8);
  end.writeUInt16LE(Math.min(count, MOST_MEMBERS), 10);
  end.writeUInt32LE(bytes, 12);
  end.writeUInt32LE(start, 16);
  if (count < MOST_MEMBERS) return end;
  const end64 = Buffer.alloc(END_64.bytes);
  end64.writeUInt32LE(END_64.signature, 0);
  end64.writeBigUInt64LE(BigInt(END_64.bytes - 12), 4); // of what follows this field
  end64.writeUInt16LE(UNIX | VERSION_64, 12);
  end64.writeUInt16LE(VERSION_64, 14);
  [count, count, bytes, start].forEach((value, i) => end64.writeBigUInt64LE(BigInt(value), 24 + 8 * i));
  const locator = Buffer.alloc(LOCATOR_64.bytes);
  locator.writeUInt32LE(LOCATOR_64.signature, 0);
  locator.writeBigUInt64LE(BigInt(start + bytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end]);
}

function cannotWrite(error: unknown, file: string): never {
  throw new OsvosError('cannot-write', (error as Error).message, file, undefined, { cause: error });
}
