import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { decode } from 'fast-png';
import sharp from 'sharp';
import { openDavis } from '../../../src/clips/davis.js';
import { createSyntheticClip } from '../../../src/clips/synthetic/synthetic-clip.js';
import { writeSyntheticClip } from '../../../src/clips/synthetic/write-synthetic-clip.js';
import { OsvosError } from '../../../src/errors.js';

const options = { width: 128, height: 80, frames: 3, objects: 1, seed: 5 };

describe('synthetic clip as files', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(os.tmpdir(), 'osvos-synthetic-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const annotation = (i: number) => path.join(folder, 'Annotations', '480p', 'reef', `0000${i}.png`);
  const picture = (i: number) => path.join(folder, 'JPEGImages', '480p', 'reef', `0000${i}.jpg`);

  it('is a DAVIS data set of one sequence with a mask for every frame', async () => {
    expect(await writeSyntheticClip(folder, options)).to.be.true;
    const { sequences } = openDavis(folder, { split: 'val' });
    expect(sequences.map(({ name }) => name)).to.deep.equal(['reef']);
    expect(sequences[0].annotatedFrames()).to.deep.equal(['00000', '00001', '00002']);
    expect(await readdir(path.join(folder, 'ImageSets'))).to.deep.equal(['2016']);
  });

  it('writes one object in grey, 0 and 255, as DAVIS 2016 does', async () => {
    await writeSyntheticClip(folder, options);
    const png = decode(await readFile(annotation(1)));
    expect([png.channels, png.depth, png.palette]).to.deep.equal([1, 8, undefined]);
    const expected = createSyntheticClip(options)
      .labels(1)
      .data.map((id) => id * 255);
    expect(Buffer.compare(png.data as Uint8Array, expected)).to.equal(0);
  });

  it('writes several objects as indices with the palette of DAVIS, and a list of 2017', async () => {
    await writeSyntheticClip(folder, { ...options, objects: 3 });
    const png = decode(await readFile(annotation(2)));
    expect(png.palette?.slice(0, 4).map(([r, g, b]) => [r, g, b])).to.deep.equal([
      [0, 0, 0],
      [128, 0, 0],
      [0, 128, 0],
      [128, 128, 0],
    ]);
    expect([...new Set(png.data)].sort()).to.deep.equal([0, 1, 2, 3]);
    expect(await readdir(path.join(folder, 'ImageSets'))).to.deep.equal(['2017']);
  });

  it('writes pictures that differ from the frames only by their compression', async () => {
    await writeSyntheticClip(folder, options);
    const { data, info } = await sharp(picture(2)).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).to.deep.equal([128, 80, 3]);
    const { rgb } = createSyntheticClip(options).frame(2);
    const difference = rgb.reduce((sum, value, i) => sum + Math.abs(value - data[i]), 0) / rgb.length;
    expect(difference).to.be.lessThan(4);
  });

  it('leaves a clip that is there as it is', async () => {
    await writeSyntheticClip(folder, options);
    const { mtimeMs } = await stat(picture(0));
    expect(await writeSyntheticClip(folder, options)).to.be.false;
    expect((await stat(picture(0))).mtimeMs).to.equal(mtimeMs);
  });

  it('writes again what a stop left unfinished', async () => {
    const stop = new AbortController();
    stop.abort();
    const stopped = await writeSyntheticClip(folder, options, { signal: stop.signal }).catch(
      (error: unknown) => error,
    );
    expect(stopped).to.be.instanceOf(OsvosError).with.property('exit', 130);
    expect(await writeSyntheticClip(folder, options)).to.be.true;
    expect(openDavis(folder, { split: 'val' }).sequences[0].frameNames).to.have.length(3);
  });

  it('refuses a folder with files of other origin with exit code 2', async () => {
    await writeFile(path.join(folder, 'thesis.txt'), 'mine');
    const refused = await writeSyntheticClip(folder, options).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(OsvosError).with.property('exit', 2);
    expect((refused as Error).message).to.match(/other files \(thesis.txt/);
  });

  it('refuses a folder with another clip with exit code 2, unless told to overwrite it', async () => {
    await writeSyntheticClip(folder, options);
    const other = { ...options, seed: 6 };
    const refused = await writeSyntheticClip(folder, other).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(OsvosError).with.property('exit', 2);
    expect((refused as Error).message).to.match(/another clip.*"seed":5.*--force/);
    expect(await writeSyntheticClip(folder, other, { force: true })).to.be.true;
  });

  it('leaves no frames of a longer clip behind when it overwrites one', async () => {
    await writeSyntheticClip(folder, options);
    await writeSyntheticClip(folder, { ...options, frames: 2 }, { force: true });
    expect(await readdir(path.dirname(picture(0)))).to.deep.equal(['00000.jpg', '00001.jpg']);
    expect(await readdir(path.dirname(annotation(0)))).to.deep.equal(['00000.png', '00001.png']);
  });
});
