import { expect } from 'chai';
import { decode, encode } from 'fast-png';
import sharp from 'sharp';
import { decodeIndexedPng, encodeIndexedPng } from '../../src/clips/indexed-png.js';
import { davisPalette } from '../../src/clips/palette.js';
import { writeMask, writeProbability } from '../../src/clips/write-mask.js';
import { failureOf, temporaryFolder } from './test-pictures.js';
import { readFile, chmod } from 'node:fs/promises';

const allIds = { width: 16, height: 16, data: Uint8Array.from({ length: 256 }, (_, i) => i) };

describe('the DAVIS palette', () => {
  it('has the colours of the VOC development kit', () => {
    // from VOClabelcolormap and the palette of DAVIS annotation files
    expect(davisPalette.slice(0, 4)).to.deep.equal([
      [0, 0, 0],
      [128, 0, 0],
      [0, 128, 0],
      [128, 128, 0],
    ]);
    expect(davisPalette[8]).to.deep.equal([64, 0, 0]);
    expect(davisPalette[20]).to.deep.equal([0, 64, 128]); // VOC's tv monitor
    expect(davisPalette[255]).to.deep.equal([224, 224, 192]); // the cream of VOC's void
    expect(davisPalette).to.have.length(256);
  });
});

describe('indexed PNG', () => {
  const folder = temporaryFolder();

  it('keeps every id, 0 to 255', () => {
    expect(decodeIndexedPng(encodeIndexedPng(allIds)).data).to.deep.equal(allIds.data);
  });

  it('is a palette PNG of 8 bits whose colours other decoders show', async () => {
    const bytes = encodeIndexedPng(allIds);
    expect([bytes[24], bytes[25]]).to.deep.equal([8, 3]); // bit depth and colour type of the header
    const rgb = await sharp(bytes).removeAlpha().raw().toBuffer();
    expect([...rgb.subarray(0, 9)]).to.deep.equal([0, 0, 0, 128, 0, 0, 0, 128, 0]);
  });

  it('is read with 1, 2 and 4 bits, rows padded to bytes', () => {
    const palette = [
      [0, 0, 0],
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
    ];
    const two = encode({
      width: 3,
      height: 2,
      depth: 2,
      channels: 1,
      palette,
      data: Uint8Array.from([0b00_01_10_00, 0b11_00_01_00]),
    });
    expect([...decodeIndexedPng(two).data]).to.deep.equal([0, 1, 2, 3, 0, 1]);
    const one = encode({
      width: 9,
      height: 1,
      depth: 1,
      channels: 1,
      palette,
      data: Uint8Array.from([0b10000001, 0b10000000]),
    });
    expect([...decodeIndexedPng(one).data]).to.deep.equal([1, 0, 0, 0, 0, 0, 0, 1, 1]);
    const four = encode({
      width: 3,
      height: 1,
      depth: 4,
      channels: 1,
      palette,
      data: Uint8Array.from([0x12, 0x30]),
    });
    expect([...decodeIndexedPng(four).data]).to.deep.equal([1, 2, 3]);
  });

  it('has its checksums looked at', async () => {
    const bytes = Uint8Array.from(encodeIndexedPng(allIds));
    bytes[bytes.length - 20] ^= 1;
    await failureOf(() => decodeIndexedPng(bytes));
  });

  it('is written whole, into new folders', async () => {
    await writeMask(folder.at('new', '00000.png'), allIds);
    const png = decode(await readFile(folder.at('new', '00000.png')));
    expect(png.palette?.[3]).to.deep.equal([128, 128, 0]);
    expect([...png.data]).to.deep.equal([...allIds.data]);
  });

  it('says when it cannot be written', async () => {
    await writeMask(folder.at('file'), allIds);
    await chmod(folder.at('file'), 0o444);
    expect(await failureOf(writeMask(folder.at('file', 'a.png'), allIds))).to.include({
      code: 'cannot-write',
      exit: 7,
    });
  });
});

describe('a probability map', () => {
  const folder = temporaryFolder();

  it('is stored as 65535·p in 16-bit grey', async () => {
    await writeProbability(folder.at('p.png'), Float32Array.from([0, 0.5, 1, 0.25, 1.5, -1]), 3, 2);
    const png = decode(await readFile(folder.at('p.png')));
    expect([png.depth, png.channels, png.width]).to.deep.equal([16, 1, 3]);
    expect([...png.data]).to.deep.equal([0, 32768, 65535, 16384, 65535, 0]);
  });
});
