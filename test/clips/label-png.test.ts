import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { encodeIndexedPng } from '../../src/clips/indexed-png.js';
import { decodeLabelPng, readLabelPng } from '../../src/clips/label-png.js';
import { OsvosError } from '../../src/errors.js';

const width = 37;
const height = 23;
/** Blobs of the values 0 … `top`, with structure that makes each row filter worth while. */
const pattern = (top: number) =>
  Uint8Array.from(
    { length: width * height },
    (_, i) => (((i % width) >> 2) * (Math.floor(i / width) >> 1)) % (top + 1),
  );

/** A PNG put together by hand: `rows` of bytes, each behind the number of its filter. */
function png(
  header: { depth: number; colourType: number; interlace?: number },
  rows: Buffer,
  side = width,
  tall = height,
): Buffer {
  const ihdr = Buffer.alloc(13);
  ihdr.writeUInt32BE(side, 0);
  ihdr.writeUInt32BE(tall, 4);
  ihdr.set([header.depth, header.colourType, 0, 0, header.interlace ?? 0], 8);
  const chunk = (type: string, body: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    return Buffer.concat([length, Buffer.from(type, 'latin1'), body, Buffer.alloc(4)]);
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', ihdr),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

async function failure(promise: Promise<unknown>): Promise<OsvosError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(OsvosError);
  return error as OsvosError;
}

describe('label PNG', () => {
  it('reads grey and grey with alpha as other codecs write them', async () => {
    const data = pattern(255);
    const grey = await decodeLabelPng(encode({ width, height, data, channels: 1, depth: 8 }), 'grey.png');
    expect(grey).to.deep.equal({ width, height, data });
    const both = Uint8Array.from({ length: 2 * data.length }, (_, i) => (i % 2 === 0 ? data[i >> 1] : 200));
    const withAlpha = await decodeLabelPng(
      encode({ width, height, data: both, channels: 2, depth: 8 }),
      'la.png',
    );
    expect(withAlpha.data).to.deep.equal(data);
  });

  it('undoes every row filter that libpng chooses', async () => {
    const data = Uint8Array.from(
      { length: width * height },
      (_, i) => (i % width) * 5 + ((i / width) | 0) * 3 + ((i * i) % 7),
    );
    const raw = { raw: { width, height, channels: 1 as const } };
    const file = await sharp(data, raw).toColourspace('b-w').png({ adaptiveFiltering: true }).toBuffer();
    expect((await decodeLabelPng(file, 'filtered.png')).data).to.deep.equal(data);
  });

  it('undoes each of the five filters as the specification has it', async () => {
    // worked out by hand, 3 × 5 pixels: x is the sum with left, above, their mean, or the Paeth predictor
    const rows = Buffer.from(
      [
        [0, 10, 20, 30],
        [1, 5, 5, 250], // 5, 10, 4 (wraps)
        [2, 1, 1, 1], // 6, 11, 5
        [3, 2, 0, 4], // 2 + 3 = 5, 0 + (5 + 11 >> 1) = 8, 4 + (8 + 5 >> 1) = 10
        [4, 1, 1, 1], // 1 + 5 = 6; p = 6 + 8 − 5 = 9, nearest 8: 9; p = 9 + 10 − 8 = 11, nearest 10: 11
      ].flat(),
    );
    const { data } = await decodeLabelPng(png({ depth: 8, colourType: 0 }, rows, 3, 5), 'filters.png');
    expect([...data]).to.deep.equal([10, 20, 30, 5, 10, 4, 6, 11, 5, 5, 8, 10, 6, 9, 11]);
  });

  it('reads palette indices as they are, at any depth', async () => {
    const data = pattern(20);
    expect(await decodeLabelPng(encodeIndexedPng({ width, height, data }), 'ids.png')).to.deep.equal({
      width,
      height,
      data,
    });
    // 3 × 1 pixels of 2 bits: 1, 2, 3
    const small = png({ depth: 2, colourType: 3 }, Buffer.from([0, 0b01101100]), 3, 1);
    expect([...(await decodeLabelPng(small, 'small.png')).data]).to.deep.equal([1, 2, 3]);
  });

  it('scales grey of few bits to 0–255', async () => {
    const grey = async (depth: number, byte: number, side: number) => [
      ...(await decodeLabelPng(png({ depth, colourType: 0 }, Buffer.from([0, byte]), side, 1), 'grey.png'))
        .data,
    ];
    expect(await grey(1, 0b10110000, 5)).to.deep.equal([255, 0, 255, 255, 0]);
    expect(await grey(2, 0b00011011, 4)).to.deep.equal([0, 85, 170, 255]);
    expect(await grey(4, 0xf3, 2)).to.deep.equal([255, 51]);
  });

  it('reads interlaced, 16-bit and colour images whose bands agree', async () => {
    const data = pattern(255);
    const interlaced = encode({ width, height, data, channels: 1, depth: 8 }, { interlace: 'Adam7' });
    expect((await decodeLabelPng(interlaced, 'interlaced.png')).data).to.deep.equal(data);
    const deep = Uint16Array.from(data, (value) => value * 257);
    expect(
      (await decodeLabelPng(encode({ width, height, data: deep, channels: 1, depth: 16 }), 'deep.png')).data,
    ).to.deep.equal(data);
    const rgb = Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)]);
    expect(
      (await decodeLabelPng(encode({ width, height, data: rgb, channels: 3, depth: 8 }), 'rgb.png')).data,
    ).to.deep.equal(data);
  });

  it('refuses colours, naming the file', async () => {
    const data = new Uint8Array(3 * width * height).fill(7);
    data[1] = 9;
    const error = await failure(
      decodeLabelPng(encode({ width, height, data, channels: 3, depth: 8 }), 'red.png'),
    );
    expect(error.message).to.equal(
      'not a readable label PNG (a colour image whose bands differ): red.png: save it again as indexed or grey PNG',
    );
    expect(error.exit).to.equal(3);
  });

  const whole = Buffer.from(encodeIndexedPng({ width, height, data: pattern(3) }));
  for (const [name, bytes, reason] of [
    ['a truncated file', whole.subarray(0, whole.length - 30), 'the file ends early'],
    ['no PNG at all', Buffer.from('P5 1 1 255'), 'no PNG signature'],
    ['too few rows', png({ depth: 8, colourType: 0 }, Buffer.alloc(38 * 3)), 'too little image data'],
    ['an unknown filter', png({ depth: 8, colourType: 0 }, Buffer.alloc(38 * 23, 9)), 'unknown row filter 9'],
  ] as const) {
    it(`refuses ${name}`, async () => {
      const error = await failure(decodeLabelPng(bytes, 'broken.png'));
      expect(error.code).to.equal('mask-unreadable');
      expect(error.message).to.include(reason).and.include('broken.png');
    });
  }

  it('says which file cannot be opened', async () => {
    const error = await failure(readLabelPng('no/such/mask.png'));
    expect(error.exit).to.equal(3);
    expect(error.where).to.equal('no/such/mask.png');
  });
});
