/** PyTorch files made by hand: a writer of pickles and of both containers, which can also write what PyTorch never would. */
import { crc32, deflateRawSync } from 'node:zlib';

/** Instructions of a pickle that put down one value. */
export type Pickled = Buffer;

const bytes = (...parts: (number | string | Buffer)[]): Buffer =>
  Buffer.concat(
    parts.map((p) =>
      typeof p === 'number' ? Buffer.of(p) : typeof p === 'string' ? Buffer.from(p, 'latin1') : p,
    ),
  );

export const none: Pickled = bytes('N');
export const mark: Pickled = bytes('(');

export function text(value: string): Pickled {
  const content = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  return bytes('X', length, content);
}

/** A Python 2 text. */
export function oldText(value: string): Pickled {
  return bytes('U', value.length, value);
}

/** BININT where it fits, else LONG1. */
export function int(value: number | bigint): Pickled {
  const fits = value >= -(2 ** 31) && value < 2 ** 31;
  const content = Buffer.alloc(fits ? 4 : 9);
  if (fits) content.writeInt32LE(Number(value));
  else content.writeBigInt64LE(BigInt(value));
  return fits ? bytes('J', content) : bytes(0x8a, 9, value < 0 ? content.fill(0xff, 8) : content);
}

export function named(module: string, name: string): Pickled {
  return bytes('c', `${module}\n${name}\n`);
}

export function tuple(...items: Pickled[]): Pickled {
  return bytes('(', ...items, 't');
}

export function list(...items: Pickled[]): Pickled {
  return bytes(']', '(', ...items, 'e');
}

export function dict(entries: Record<string, Pickled>): Pickled {
  return bytes('}', '(', ...Object.entries(entries).flatMap(([key, value]) => [text(key), value]), 'u');
}

export function reduce(callee: Pickled, ...args: Pickled[]): Pickled {
  return bytes(callee, tuple(...args), 'R');
}

/** Keeps the value in the memo. */
export function put(index: number, value: Pickled): Pickled {
  const place = Buffer.alloc(4);
  place.writeUInt32LE(index);
  return bytes(value, 'r', place);
}

/** Takes it out again. */
export function get(index: number): Pickled {
  const place = Buffer.alloc(4);
  place.writeUInt32LE(index);
  return bytes('j', place);
}

export function join(...parts: Pickled[]): Pickled {
  return bytes(...parts);
}

/** A whole pickle. */
export function pickle(value: Pickled): Buffer {
  return bytes(0x80, 2, value, '.');
}

/** Numbers of `length` in storage `key`. */
export function storage(
  key: string,
  length: number | bigint,
  type = 'FloatStorage',
  ...part: Pickled[]
): Pickled {
  return bytes(
    tuple(text('storage'), named('torch', type), text(key), text('cpu'), int(length), ...part),
    'Q',
  );
}

type Count = number | bigint;

/** A tensor as PyTorch describes it; strides of a row-major one unless given. */
export function tensor(
  numbers: Pickled,
  shape: Count[],
  strides: Count[] = rowMajor(shape),
  offset: Count = 0,
): Pickled {
  const counts = (values: Count[]) => tuple(...values.map(int));
  const hooks = reduce(named('collections', 'OrderedDict'));
  return reduce(
    named('torch._utils', '_rebuild_tensor_v2'),
    numbers,
    int(offset),
    counts(shape),
    counts(strides),
    bytes(0x89),
    hooks,
  );
}

function rowMajor(shape: Count[]): Count[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce<number>((a, b) => a * Number(b), 1));
}

export interface Member {
  name: string;
  content: Uint8Array;
  deflated?: boolean;
  /** Other values than the right ones, for files that lie. */
  crc?: number;
  bytes?: number;
  packed?: number;
  header?: number;
  method?: number;
  flags?: number;
  /** Sizes and place in the extra field for 64 bits. */
  wide?: boolean;
}

/** A zip archive; `wide` adds the end records for 64 bits. */
export function zip(members: Member[], { wide = false, comment = '' } = {}): Buffer {
  const parts: Buffer[] = [];
  const table: Buffer[] = [];
  let at = 0;
  for (const member of members) {
    const name = Buffer.from(member.name);
    const content = member.deflated ? deflateRawSync(member.content) : Buffer.from(member.content);
    const size = member.bytes ?? member.content.length;
    const packed = member.packed ?? content.length;
    const header = member.header ?? at;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(name.length, 26);
    const extra = Buffer.alloc(member.wide ? 28 : 0);
    if (member.wide) {
      extra.writeUInt16LE(1);
      extra.writeUInt16LE(24, 2);
      [size, packed, header].forEach((value, i) => extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i));
    }
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(member.flags ?? 0, 8);
    entry.writeUInt16LE(member.method ?? (member.deflated ? 8 : 0), 10);
    entry.writeUInt32LE(member.crc ?? crc32(member.content), 16);
    entry.writeUInt32LE(member.wide ? 0xffffffff : packed, 20);
    entry.writeUInt32LE(member.wide ? 0xffffffff : size, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.writeUInt32LE(member.wide ? 0xffffffff : header, 42);
    parts.push(local, name, content);
    table.push(entry, name, extra);
    at += local.length + name.length + content.length;
  }
  const directory = Buffer.concat(table);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(wide ? 0xffff : members.length, 8);
  end.writeUInt16LE(wide ? 0xffff : members.length, 10);
  end.writeUInt32LE(wide ? 0xffffffff : directory.length, 12);
  end.writeUInt32LE(wide ? 0xffffffff : at, 16);
  end.writeUInt16LE(comment.length, 20);
  const end64 = Buffer.alloc(wide ? 56 + 20 : 0);
  if (wide) {
    end64.writeUInt32LE(0x06064b50);
    end64.writeBigUInt64LE(44n, 4);
    [members.length, members.length, directory.length, at].forEach((value, i) =>
      end64.writeBigUInt64LE(BigInt(value), 24 + 8 * i),
    );
    end64.writeUInt32LE(0x07064b50, 56);
    end64.writeBigUInt64LE(BigInt(at + directory.length), 64);
    end64.writeUInt32LE(1, 72);
  }
  return bytes(...parts, directory, end64, end, comment);
}

/** Numbers of a storage, by its key. */
export type Numbers = Record<string, Uint8Array>;

/** A file as PyTorch writes it since 1.6. */
export function zipFile(value: Pickled, numbers: Numbers = {}): Buffer {
  const members = Object.entries(numbers).map(([key, content]): Member => ({
    name: `net/data/${key}`,
    content,
  }));
  return zip([
    { name: 'net/data.pkl', content: pickle(value) },
    { name: 'net/version', content: Buffer.from('3\n') },
    ...members,
  ]);
}

/** A file as PyTorch wrote it before; `count` says how many numbers each storage has. */
export function streamFile(
  value: Pickled,
  numbers: Numbers = {},
  count: (key: string) => number = (key) => numbers[key].length / 4,
): Buffer {
  const magic = bytes(0x8a, 10, Buffer.from('6cfc9c46f9206aa85019', 'hex'));
  const parts = Object.entries(numbers).flatMap(([key, content]) => {
    const length = Buffer.alloc(8);
    length.writeBigInt64LE(BigInt(count(key)));
    return [length, Buffer.from(content)];
  });
  const machine = join(bytes('}'), text('little_endian'), bytes(0x88, 's'));
  const keys = list(...Object.keys(numbers).map(text));
  return bytes(...[magic, int(1001), machine, value, keys].map(pickle), ...parts);
}

/** Single-precision numbers as a storage holds them. */
export function singles(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
