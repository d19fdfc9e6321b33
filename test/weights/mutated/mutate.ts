/** Sound weight files → broken ones, by seed and index. */
import { crc32, deflateRawSync } from 'node:zlib';
import { createRandom, deriveSeed, type Random } from '../../../src/random.js';
import { npy } from '../npz/npz-file.js';
import { dict, join, pickle, storage, streamFile, tensor, zip, type Member } from '../pth/pth-file.js';
import { baseFiles, containers, isArchive, packed, type Container } from './base-files.js';

/** How a file is broken, and how often of a hundred. */
const kinds = {
  bits: 22,
  bytes: 12,
  cut: 10,
  splice: 12,
  repeat: 8,
  lengths: 18,
  header: 12,
  deep: 5,
  bomb: 1,
} as const;
export type Kind = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as Kind[];

export interface Mutated {
  container: Container;
  kind: Kind;
  content: Uint8Array;
}

const bases = Object.fromEntries(containers.map((container) => [container, baseFiles(container)])) as Record<
  Container,
  ReturnType<typeof baseFiles>
>;

/** File number `index` of a seed: the same each time, whatever the others are. */
export function mutatedFile(seed: number, index: number): Mutated {
  const random = createRandom(deriveSeed(seed, `file ${index}`));
  const container = containers[index % containers.length];
  const kind = drawKind(random);
  if (kind === 'deep') return { container, kind, content: deepFile(container, random) };
  if (kind === 'bomb') return { container, kind, content: bomb(container, random) };
  const members = pick(random, bases[container]);
  if (kind === 'header') return { container, kind, content: otherHeader(container, members, random) };
  const donor = pick(random, random.chance(0.5) ? bases[container] : bases[pick(random, containers)]);
  // in archives half of the harm is inside, under check sums that are right
  if (!isArchive(members) || random.chance(0.5))
    return { container, kind, content: harm(kind, packed(members), packed(donor), random) };
  const harmed = random.integer(members.length);
  const inside = members.map((member, i): Member => {
    if (i !== harmed) return member;
    return {
      ...member,
      content: harm(kind, member.content, pick(random, donor).content, random),
      deflated: random.chance(0.5),
    };
  });
  return { container, kind, content: zip(inside) };
}

function drawKind(random: Random): Kind {
  let draw = random.integer(Object.values(kinds).reduce((a, b) => a + b, 0));
  return kindNames.find((kind) => (draw -= kinds[kind]) < 0)!;
}

/** Values of fields that count or point. */
const lengths = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0xffffn,
  0x10000n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 40n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

function harm(
  kind: Exclude<Kind, 'header' | 'deep' | 'bomb'>,
  original: Uint8Array,
  donor: Uint8Array,
  random: Random,
): Uint8Array {
  const content = Buffer.from(original);
  // headers and tables of contents are where the words are: half of the harm goes there
  const place = () => {
    const part = Math.min(content.length, 400);
    const where = random.integer(4);
    return where === 0
      ? random.integer(part)
      : where === 1
        ? content.length - 1 - random.integer(part)
        : random.integer(content.length);
  };
  const times = 1 + random.integer(4);
  if (content.length === 0) return content;
  switch (kind) {
    case 'bits':
      for (let i = 0; i < times; i++) content[place()] ^= 1 << random.integer(8);
      return content;
    case 'bytes':
      for (let i = 0; i < times; i++) content[place()] = random.integer(256);
      return content;
    case 'cut':
      return random.chance(0.7) ? content.subarray(0, place()) : content.subarray(place());
    case 'splice':
      return Buffer.concat([content.subarray(0, place()), donor.subarray(random.integer(donor.length))]);
    case 'repeat': {
      const from = place();
      const part = content.subarray(from, from + 1 + random.integer(200));
      const at = place();
      return Buffer.concat([
        content.subarray(0, at),
        ...new Array<Buffer>(1 + random.integer(50)).fill(part),
        content.subarray(at),
      ]);
    }
    case 'lengths': {
      for (let i = 0; i < times; i++) {
        const field = Buffer.alloc(8);
        field.writeBigUInt64LE(pick(random, lengths));
        if (random.chance(0.2)) field.reverse();
        field.copy(content, Math.min(place(), content.length - 1), 0, pick(random, [2, 4, 8]));
      }
      return content;
    }
  }
}

/** JSON and Python texts in places where they have no business. */
const words = [
  '-1',
  '0.5',
  '1e308',
  '9007199254740993',
  '340282366920938463463374607431768211456',
  'null',
  'None',
  '""',
  "''",
  '"F32"',
  "'<f4'",
  "'|O'",
  '[]',
  '[0]',
  '(0,)',
  '(2147483647, 2147483647, 0)',
  '[2147483648,2147483648]',
  '{}',
  'true',
  'True',
  '"\\u0000\\u001b[2J"',
  '"constructor"',
  '"__proto__"',
  `"${'x'.repeat(2000)}"`,
  '[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]',
];

/** Another word in the header, whose length then is right. */
function otherHeader(container: Container, members: Member[], random: Random): Uint8Array {
  const word = pick(random, words);
  const replaced = (text: string) => {
    const found = [...text.matchAll(/"[^"]*"|'[^']*'|\[[^[\]]*\]|\([^()]*\)|True|False|\d+/g)];
    const { 0: old, index } = pick(random, found);
    return text.slice(0, index) + word + text.slice(index + old.length);
  };
  const first = Buffer.from(members[0].content);
  switch (container) {
    case 'safetensors': {
      const length = Number(first.readBigUInt64LE());
      return safetensors(replaced(first.toString('utf8', 8, 8 + length)), first.subarray(8 + length));
    }
    case 'npz': {
      const end = first.indexOf('\n') + 1;
      const content = npy({
        header: replaced(first.toString('latin1', 10, end).trimEnd()),
        body: first.subarray(end),
      });
      return zip([{ ...members[0], content }, ...members.slice(1)]);
    }
    default: {
      // sizes, strides, offsets, lengths
      const count = () => BigInt.asIntN(64, pick(random, [...lengths, 3n]));
      const value = dict({
        'features.0.weight': tensor(storage('0', count()), [count(), count()], [count(), count()], count()),
      });
      const numbers = { '0': new Uint8Array(64) };
      return container === 'pth-stream'
        ? streamFile(value, numbers)
        : zip([
            { name: 'net/data.pkl', content: pickle(value) },
            { name: 'net/data/0', content: numbers['0'] },
          ]);
    }
  }
}

/** Lists in lists, marks on marks, brackets in brackets. */
function deepFile(container: Container, random: Random): Uint8Array {
  const depth = pick(random, [150, 201, 5_000, 200_000]);
  const [open, close] = pick(random, [
    ['[', ']'],
    ['{"a":', '}'],
    ['(', ')'],
  ]);
  const text = open.repeat(depth) + '0' + close.repeat(depth);
  switch (container) {
    case 'safetensors': {
      const places = [
        text,
        `{"a":${text}}`,
        `{"__metadata__":${text}}`,
        `{"a":{"dtype":${text},"shape":[],"data_offsets":[0,0]}}`,
        `{"a":{"dtype":"F32","shape":${text},"data_offsets":[0,4]}}`,
        `{"a":{"dtype":"F32","shape":[1],"data_offsets":${text}}}`,
      ];
      return safetensors(pick(random, places), Buffer.alloc(4));
    }
    case 'npz': {
      const places = [
        text,
        `{'descr': ${text}, 'fortran_order': False, 'shape': (), }`,
        `{'descr': '<f4', 'fortran_order': False, 'shape': ${text}, }`,
      ];
      return zip([
        { name: 'a.npy', content: npy({ version: 2, header: pick(random, places), body: Buffer.alloc(4) }) },
      ]);
    }
    default: {
      const code = pick(random, ['(', ']', '}', '\x85', ')\x85', '2']);
      const value = join(
        Buffer.from(code.repeat(depth), 'latin1'),
        random.chance(0.5) ? Buffer.from('t'.repeat(depth)) : Buffer.alloc(0),
      );
      return container === 'pth-stream'
        ? streamFile(value)
        : zip([{ name: 'net/data.pkl', content: pickle(value), deflated: true }]);
    }
  }
}

/** Small files that would be large: packed zeros, numbers told many times, sizes without end. */
function bomb(container: Container, random: Random): Uint8Array {
  const count = 8 * 2 ** 20;
  const copies = 1 + random.integer(40);
  const lie = random.chance(0.3) ? { bytes: pick(random, [1, 4 * count, 2 ** 31, 2 ** 40]), wide: true } : {};
  const names = Array.from({ length: copies }, (_, i) => i);
  switch (container) {
    case 'safetensors': {
      const entries = names.map(
        (i) =>
          `"t${i}":{"dtype":"F32","shape":[${count},${pick(random, [1, 0, 2 ** 31])}],"data_offsets":[0,${4 * count}]}`,
      );
      return safetensors(`{${entries.join()}}`, new Uint8Array(1000));
    }
    case 'npz': {
      const content = npy({ shape: `(${count},)`, body: new Uint8Array(4 * count) });
      return repeatedMember(
        names.map((i) => `t${i}.npy`),
        content,
        lie,
      );
    }
    default: {
      const repeated = random.chance(0.5);
      const whole = (i: number) =>
        tensor(storage(repeated ? '0' : String(i), repeated ? 16 : count), [count], [repeated ? 0 : 1]);
      const value = dict(Object.fromEntries(names.map((i) => [`t${i}`, whole(i)])));
      if (container === 'pth-stream') return streamFile(value, { '0': new Uint8Array(64) });
      const storages = repeated
        ? zip([
            { name: 'net/data.pkl', content: pickle(value) },
            { name: 'net/data/0', content: new Uint8Array(64) },
          ])
        : undefined;
      return (
        storages ??
        repeatedMember(
          names.map((i) => `net/data/${i}`),
          new Uint8Array(4 * count),
          lie,
          { name: 'net/data.pkl', content: pickle(value) },
        )
      );
    }
  }
}

/** The same packed zeros many times. */
function repeatedMember(
  names: string[],
  content: Uint8Array,
  lie: Partial<Member>,
  ...first: Member[]
): Uint8Array {
  const packed = {
    content: deflateRawSync(content),
    method: 8,
    bytes: content.length,
    crc: crc32(content),
    ...lie,
  };
  return zip([...first, ...names.map((name) => ({ ...packed, name }))]);
}

function safetensors(header: string, body: Uint8Array): Uint8Array {
  const text = Buffer.from(header);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, body]);
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.integer(values.length)];
}
