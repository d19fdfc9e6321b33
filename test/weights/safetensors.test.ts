import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { OsvosError } from '../../src/errors.js';
import {
  encodeSafetensors,
  parseSafetensors,
  readSafetensors,
  sha256,
  writeSafetensors,
} from '../../src/weights/safetensors.js';

/** A file written by hand: header length, header, numbers. */
function file(header: string | object, body: number[] = [], length?: number): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(length ?? text.length));
  return Buffer.concat([prefix, text, Buffer.from(body)]);
}

function refusal(content: Uint8Array): OsvosError {
  try {
    parseSafetensors(content, 'a.safetensors');
  } catch (error) {
    return error as OsvosError;
  }
  throw new Error('was read');
}

const one = [0, 0, 0x80, 0x3f]; // 1.0, little-endian

describe('reading safetensors', () => {
  it('reads hand-written bytes of F32, F16 and BF16, at an odd offset', () => {
    const header = {
      a: { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] },
      h: { dtype: 'F16', shape: [1], data_offsets: [8, 10] },
      __metadata__: { made: 'by hand' },
      b: { dtype: 'BF16', shape: [], data_offsets: [10, 12] },
    };
    const { tensors, metadata } = parseSafetensors(
      file(header, [...one, 0, 0, 0x20, 0xc1, 0, 0x3c, 0x40, 0xc0]),
      'a',
    );
    expect(metadata).to.deep.equal({ made: 'by hand' });
    expect([...tensors]).to.deep.equal([
      ['a', { dtype: 'F32', shape: [2, 1], data: Float32Array.of(1, -10) }],
      ['h', { dtype: 'F16', shape: [1], data: Uint16Array.of(0x3c00) }],
      ['b', { dtype: 'F32', shape: [], data: Float32Array.of(-3) }],
    ]);
  });

  it('reads an empty file of no tensors, and a header padded with spaces', () => {
    expect(parseSafetensors(file('{}      '), 'a').tensors.size).to.equal(0);
  });

  it('gives the tensors in the order of their data', () => {
    const header = {
      second: { dtype: 'F32', shape: [1], data_offsets: [4, 8] },
      first: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    };
    expect([...parseSafetensors(file(header, [...one, ...one]), 'a').tensors.keys()]).to.deep.equal([
      'first',
      'second',
    ]);
  });

  const tensor = (entry: object, body: number[] = one) =>
    file({ t: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...entry } }, body);
  const bad: [string, Uint8Array, string][] = [
    ['too few bytes', Buffer.alloc(5), '5 bytes are too few'],
    [
      'another kind of file',
      Buffer.from('\u0089PNG this is a picture'),
      'not a safetensors file, or cut off',
    ],
    [
      'a PyTorch file',
      Buffer.from('PK\u0003\u0004 this is a zip file'),
      'a PyTorch or NumPy file, where one of this program is needed',
    ],
    ['a header longer than the file', file('{}', [], 3), 'header of 3 bytes in a file of 10'],
    ['a header that is no JSON', file('{"a":'), 'the header is no JSON'],
    ['a header that is a list', file('[]'), 'the header is no JSON object'],
    ['a header that is no UTF-8', file('{"a":{}}').fill(0xff, 10, 11), 'the header is no JSON'],
    ['metadata with a number', file({ __metadata__: { a: 1 } }), '__metadata__ is no list of texts'],
    ['a shape that needs more bytes', tensor({ shape: [2] }), 'F32 [2] needs 8 bytes and has 4'],
    ['a negative size', tensor({ shape: [-1] }), 'shape [-1] is no list of whole numbers'],
    [
      'more axes than a tensor has',
      tensor({ shape: new Array<number>(33).fill(1) }),
      'is no list of whole numbers',
    ],
    [
      'lists in lists for a type',
      file(`{"t":{"dtype":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`),
      'unknown type ["..."]',
    ],
    [
      'control characters in a name',
      file({ 'a\u001b[2J': { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, one),
      '"a?[2J" is no name of a tensor',
    ],
    ['a fraction of a size', tensor({ shape: [0.5] }), 'shape [0.5]'],
    ['an unknown type', tensor({ dtype: 'toString' }), 'unknown type "toString"'],
    ['a type that networks do not use', tensor({ dtype: 'I32' }), 'numbers of type I32 are not read'],
    [
      'offsets the wrong way round',
      tensor({ data_offsets: [4, 0] }),
      'data_offsets [4,0] are no [begin, end]',
    ],
    [
      'a gap in front',
      tensor({ data_offsets: [4, 8] }, [...one, ...one]),
      'data begin at byte 4, expected at 0',
    ],
    ['a file that is cut off', tensor({}, one.slice(1)), 'data end at byte 4 of 3: the file is cut off'],
    [
      'bytes that belong to no tensor',
      tensor({}, [...one, 1]),
      '1 bytes after the last tensor belong to none',
    ],
    ['no description', file({ t: 3 }), 'the header has no description of it'],
  ];
  for (const [what, content, message] of bad) {
    it(`refuses ${what} with exit code 4, naming the file`, () => {
      const error = refusal(content);
      expect(error.message).to.contain(message).and.to.contain('a.safetensors').and;
      expect(error).to.include({ code: 'weights-unfit', exit: 4 });
    });
  }

  it('refuses two tensors that share bytes, and names the second', () => {
    const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
    expect(refusal(file({ x: entry, y: entry }, one)).message).to.contain(
      'expected at 4: a.safetensors, tensor y',
    );
  });

  it('leaves aside what it is told to, whatever its type', () => {
    const header = {
      steps: { dtype: 'I64', shape: [], data_offsets: [0, 8] },
      t: { dtype: 'F32', shape: [1], data_offsets: [8, 12] },
    };
    const content = file(header, [...new Array<number>(8).fill(7), ...one]);
    const { tensors } = parseSafetensors(content, 'a', { skip: (name) => name === 'steps' });
    expect([...tensors.keys()]).to.deep.equal(['t']);
  });
});

describe('writing safetensors', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'osvos weights '))));
  afterEach(() => rm(folder, { recursive: true }));

  it('writes exactly these bytes, full precision first', () => {
    const bytes = encodeSafetensors(
      new Map([
        ['h', { dtype: 'F16', shape: [1], data: Uint16Array.of(0x3c00) }],
        ['a', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }],
      ]),
      { k: 'v' },
    );
    const header =
      '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"h":{"dtype":"F16","shape":[1],"data_offsets":[4,6]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(Buffer.from(bytes).equals(file(padded, [...one, 0, 0x3c]))).to.be.true;
  });

  it('leaves the file and nothing else, which reads back', async () => {
    const target = path.join(folder, 'new', 'a.safetensors');
    await writeSafetensors(
      target,
      new Map([['t', { dtype: 'F32', shape: [2], data: Float32Array.of(1, NaN) }]]),
    );
    expect(await readdir(path.dirname(target))).to.deep.equal(['a.safetensors']);
    expect([...(await readSafetensors(target)).tensors.get('t')!.data]).to.deep.equal([1, NaN]);
    expect(await sha256(target)).to.equal(
      createHash('sha256')
        .update(await readFile(target))
        .digest('hex'),
    );
  });

  it('refuses numbers that are not of their shape: a fault of the program', () => {
    expect(() =>
      encodeSafetensors(new Map([['t', { dtype: 'F32', shape: [3], data: new Float32Array(2) }]])),
    ).to.throw(TypeError);
    expect(() =>
      encodeSafetensors(new Map([['t', { dtype: 'F32', shape: [2], data: new Uint16Array(2) }]])),
    ).to.throw(TypeError);
  });

  it('says with exit code 4 that a file is not there, and with 7 that a place cannot be written', async () => {
    const missing = await readSafetensors(path.join(folder, 'no')).catch((e: OsvosError) => e);
    expect(missing).to.include({ code: 'weights-missing', exit: 4 });
    await writeFile(path.join(folder, 'plain'), '');
    const blocked = await writeSafetensors(path.join(folder, 'plain', 'x'), new Map()).catch(
      (e: OsvosError) => e,
    );
    expect(blocked).to.include({ code: 'cannot-write', exit: 7 });
  });

  it('gives the SHA-256 of the standard’s example', async () => {
    const abc = path.join(folder, 'abc');
    await writeFile(abc, 'abc');
    expect(await sha256(abc)).to.equal('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'); // FIPS 180-2, B.1
  });
});
