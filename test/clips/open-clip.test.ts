import { rm } from 'node:fs/promises';
import { encode } from 'fast-png';
import { expect } from 'chai';
import sharp from 'sharp';
import { openClip } from '../../src/clips/open-clip.js';
import { OsvosError } from '../../src/errors.js';
import type { Frame } from '../../src/frame.js';
import { failureOf, flat, pixel, redAndBlue, save, temporaryFolder } from './test-pictures.js';

async function readAll(clip: { frames: () => AsyncIterable<Frame> }): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of clip.frames()) frames.push(frame);
  return frames;
}

describe('a folder of frames', () => {
  const folder = temporaryFolder();

  it('comes in natural order with names, indices and colours', async () => {
    for (const number of [10, 2, 1])
      await save(folder.at(`f${number}.png`), flat(6, 4, [number, 0, 255]).png().toBuffer());
    const clip = await openClip(folder.path);
    const frames = await readAll(clip);
    expect(frames.map(({ index, name }) => [index, name])).to.deep.equal([
      [0, 'f1'],
      [1, 'f2'],
      [2, 'f10'],
    ]);
    expect(frames.map((frame) => pixel(frame, 5, 3))).to.deep.equal([
      [1, 0, 255],
      [2, 0, 255],
      [10, 0, 255],
    ]);
    expect([clip.width, clip.height, clip.kind]).to.deep.equal([6, 4, 'folder']);
    expect(clip.notes.join('\n')).to.contain('f1.png … f10.png').and.to.contain('missing between f2 and f10');
  });

  it('may have types mixed and files that are no pictures, both said', async () => {
    await save(folder.at('00000.jpg'), flat(6, 4, [9, 9, 9]).jpeg().toBuffer());
    await save(folder.at('00001.webp'), flat(6, 4, [9, 9, 9]).webp({ lossless: true }).toBuffer());
    await save(folder.at('00002'), flat(6, 4, [9, 9, 9]).tiff().toBuffer());
    await save(folder.at('notes.txt'), Buffer.from('a reminder'));
    await save(folder.at('.DS_Store'), Buffer.from('hidden'));
    const clip = await openClip(folder.path);
    expect(clip.names).to.deep.equal(['00000', '00001', '00002']);
    expect(clip.notes).to.deep.equal([
      'not a picture, left out: notes.txt',
      'frames of several types: 1 .jpg, 1 .webp, 1 without extension',
    ]);
    expect(await readAll(clip)).to.have.length(3);
  });

  it('is read from paths with spaces, umlauts and Chinese', async () => {
    const odd = folder.at('Ö 视频', 'mit Leerzeichen');
    await save(
      folder.at('Ö 视频', 'mit Leerzeichen', 'Bild ä 1.jpg'),
      flat(5, 3, [200, 200, 200]).jpeg().toBuffer(),
    );
    const clip = await openClip(odd);
    expect(clip.name).to.equal('mit Leerzeichen');
    expect((await readAll(clip)).map((frame) => frame.name)).to.deep.equal(['Bild ä 1']);
  });

  it('is turned as EXIF asks', async () => {
    // orientation 6: the stored left side is displayed on top
    await save(
      folder.at('a.jpg'),
      redAndBlue(64, 32).withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer(),
    );
    const clip = await openClip(folder.path);
    expect([clip.width, clip.height]).to.deep.equal([32, 64]);
    expect(clip.notes).to.deep.equal(['all frames: turned to their displayed orientation (EXIF)']);
    const frame = await clip.frame(0);
    expect([frame.width, frame.height]).to.deep.equal([32, 64]);
    expect(pixel(frame, 16, 4)[0]).to.be.above(240);
    expect(pixel(frame, 16, 60)[2]).to.be.above(240);
  });

  it('is shortened from 16 bits to 8', async () => {
    const data = Uint16Array.from([0, 0x8000, 0xffff]);
    await save(folder.at('a.png'), encode({ width: 1, height: 1, channels: 3, depth: 16, data }));
    const clip = await openClip(folder.path);
    expect(pixel(await clip.frame(0), 0, 0)).to.deep.equal([0, 128, 255]);
    expect(clip.notes).to.deep.equal(['all frames: more than 8 bits per channel, read as 8 bits']);
  });

  it('is shortened from 16-bit grey to 8-bit RGB', async () => {
    await save(
      folder.at('a.png'),
      encode({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.from([0x4000, 0xffff]) }),
    );
    const frame = await (await openClip(folder.path)).frame(0);
    expect([...frame.rgb]).to.deep.equal([64, 64, 64, 255, 255, 255]);
  });

  it('is converted from CMYK', async () => {
    await save(
      folder.at('a.jpg'),
      flat(16, 16, [255, 255, 255]).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(),
    );
    const clip = await openClip(folder.path);
    const frame = await clip.frame(0);
    expect(frame.rgb).to.have.length(16 * 16 * 3);
    for (const value of pixel(frame, 8, 8)) expect(value).to.be.above(245); // no ink is white
    expect(clip.notes).to.deep.equal(['all frames: CMYK, converted to sRGB']);
    const printable = { green: [60, 160, 60], red: [200, 60, 50], blue: [60, 80, 140] };
    for (const [name, colour] of Object.entries(printable)) {
      const picture = flat(16, 16, colour).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
      await save(folder.at(name, 'a.jpg'), picture);
      const seen = pixel(await (await openClip(folder.at(name))).frame(0), 8, 8);
      seen.forEach((value, i) => expect(value, `${name}: ${seen.join()}`).to.be.closeTo(colour[i], 25));
    }
  });

  it('is shown over black where it is transparent, and grey becomes RGB', async () => {
    await save(
      folder.at('a.png'),
      encode({ width: 1, height: 1, channels: 4, data: Uint8Array.from([100, 200, 250, 51]) }),
    );
    await save(folder.at('b.png'), encode({ width: 1, height: 1, channels: 1, data: Uint8Array.from([77]) }));
    const clip = await openClip(folder.path);
    const frames = await readAll(clip);
    expect(frames.map(({ rgb }) => [...rgb])).to.deep.equal([
      [20, 40, 50], // a fifth: 51 of 255
      [77, 77, 77],
    ]);
    expect(clip.notes).to.deep.equal([
      '1 of 2 frames: grey, read as RGB',
      '1 of 2 frames: alpha channel, shown over black',
    ]);
  });

  it('is shown over black whatever holds the transparency', async () => {
    const deep = Uint16Array.from([0x8000, 0xffff, 0x4000, 0x8000]);
    await save(folder.at('a16.png'), encode({ width: 1, height: 1, channels: 4, depth: 16, data: deep }));
    const greyAlpha = Uint8Array.from([200, 51]);
    await save(folder.at('grey.png'), encode({ width: 1, height: 1, channels: 2, data: greyAlpha }));
    const clear = { r: 250, g: 120, b: 60, alpha: 0 };
    const colour = sharp({ create: { width: 1, height: 1, channels: 4, background: clear } });
    await save(folder.at('webp.webp'), colour.clone().webp({ lossless: true, exact: true }).toBuffer());
    const frames = await readAll(await openClip(folder.path));
    const [half, fifth, none] = frames.map(({ rgb }) => [...rgb]);
    [0x8000, 0xffff, 0x4000].forEach((value, i) => expect(half[i]).to.be.closeTo(value / 2 / 257, 1));
    for (const value of fifth) expect(value).to.be.closeTo(40, 1);
    expect(none).to.deep.equal([0, 0, 0]);
  });

  it('is turned by each of the eight EXIF orientations', async () => {
    // where the stored top left and top right corners come to, as x, y (CIPA DC-008, 4.6.4 A)
    const corners = { tl: [4, 4], tr: [27, 4], bl: [4, 11], br: [27, 11] };
    const lying = { tl: [4, 4], tr: [11, 4], bl: [4, 27], br: [11, 27] };
    const shown = ['tl tr', 'tr tl', 'br bl', 'bl br', 'tl bl', 'tr br', 'br tr', 'bl tl'];
    const data = Buffer.alloc(32 * 16 * 3);
    for (let i = 0; i < 32 * 8; i++) data[3 * i + (i % 32 < 16 ? 0 : 1)] = 255; // red, green; black below
    const picture = sharp(data, { raw: { width: 32, height: 16, channels: 3 } });
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const stored = picture.clone().withMetadata({ orientation }).png().toBuffer();
      await save(folder.at(`${orientation}`, 'a.png'), stored);
      const frame = await (await openClip(folder.at(`${orientation}`))).frame(0);
      const places = orientation > 4 ? lying : corners;
      const [first, second] = shown[orientation - 1].split(' ') as (keyof typeof places)[];
      const colours = [first, second].map((place) => pixel(frame, places[place][0], places[place][1]));
      expect(colours, `orientation ${orientation}`).to.deep.equal([
        [255, 0, 0],
        [0, 255, 0],
      ]);
    }
  });

  it('is read only from --from to --to, with indices from the start', async () => {
    for (let i = 0; i < 5; i++)
      await save(folder.at(`${1001 + i}.png`), flat(2, 2, [i, i, i]).png().toBuffer());
    const clip = await openClip(folder.path, { from: '1002', to: '1003' });
    expect((await readAll(clip)).map(({ index, name }) => [index, name])).to.deep.equal([
      [1, '1002'],
      [2, '1003'],
    ]);
    expect([clip.first, clip.last, clip.names.length]).to.deep.equal([1, 2, 5]);
  });

  it('stops reading when the reader stops', async () => {
    for (let i = 0; i < 9; i++) await save(folder.at(`${i}.png`), flat(2, 2, [i, i, i]).png().toBuffer());
    const clip = await openClip(folder.path);
    for await (const frame of clip.frames()) if (frame.index === 2) break;
    expect((await readAll(clip)).length).to.equal(9);
  });
});

describe('a clip that cannot be used', () => {
  const folder = temporaryFolder();

  it('names a truncated frame, and those before it are read', async () => {
    const data = Buffer.from(
      Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24),
    );
    const whole = await sharp(data, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    await save(folder.at('00000.jpg'), whole);
    await save(folder.at('00001.jpg'), whole.subarray(0, whole.length - 1000));
    const clip = await openClip(folder.path);
    const read: string[] = [];
    const error = await failureOf(async () => {
      for await (const frame of clip.frames()) read.push(frame.name);
    });
    expect(error).to.be.instanceOf(OsvosError).and.include({ code: 'clip-unreadable', exit: 3 });
    expect(error.message)
      .to.contain('frame 00001')
      .and.to.contain(folder.at('00001.jpg'))
      .and.to.contain('export this frame again');
    expect(read).to.deep.equal(['00000']);
  });

  it('names a truncated PNG frame', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
    const whole = encode({ width: 64, height: 64, channels: 3, data: noise });
    await save(folder.at('a1.png'), whole.subarray(0, whole.length / 2));
    const error = await failureOf((await openClip(folder.path)).frame(0));
    expect(error.message).to.contain('frame a1 is damaged');
  });

  it('names a frame that is no picture at once', async () => {
    await save(folder.at('0.jpg'), flat(4, 4, [0, 0, 0]).jpeg().toBuffer());
    await save(folder.at('1.jpg'), Buffer.from('this is no picture'));
    const error = await failureOf(openClip(folder.path));
    expect(error).to.include({ code: 'clip-unreadable', exit: 3 });
    expect(error.message).to.contain('frame 1 is damaged or no picture').and.to.contain(folder.at('1.jpg'));
  });

  it('names frames of another size with both sizes', async () => {
    await save(folder.at('0.png'), flat(8, 4, [0, 0, 0]).png().toBuffer());
    await save(folder.at('1.png'), flat(9, 5, [0, 0, 0]).png().toBuffer());
    const error = await failureOf(openClip(folder.path));
    expect(error).to.include({ code: 'frame-sizes', exit: 3 });
    expect(error.message).to.contain('frame 1 is 9×5, frame 0 is 8×4').and.to.contain(folder.at('1.png'));
  });

  it('says when two files are one frame', async () => {
    await save(folder.at('0.png'), flat(8, 4, [0, 0, 0]).png().toBuffer());
    await save(folder.at('0.jpg'), flat(8, 4, [0, 0, 0]).jpeg().toBuffer());
    expect((await failureOf(openClip(folder.path))).message).to.contain(
      'two files are the frame 0: 0.jpg and 0.png',
    );
  });

  it('says what an empty folder holds instead', async () => {
    await save(folder.at('readme.md'), Buffer.from('text'));
    const error = await failureOf(openClip(folder.path));
    expect(error).to.include({ code: 'clip-unreadable', exit: 3 });
    expect(error.message).to.contain('no frames in this folder (readme.md)');
  });

  it('names a path that is not there, and a single picture', async () => {
    expect((await failureOf(openClip(folder.at('gone')))).message)
      .to.contain('no such file or folder')
      .and.to.contain('gone');
    const picture = await save(folder.at('a.png'), flat(8, 4, [0, 0, 0]).png().toBuffer());
    expect((await failureOf(openClip(picture))).message).to.contain('one picture is no clip');
  });

  it('keeps the names of its files: numbers of one’s own are refused', async () => {
    await save(folder.at('7.png'), flat(8, 4, [0, 0, 0]).png().toBuffer());
    const error = await failureOf(openClip(folder.path, { startNumber: 0 }));
    expect(error).to.include({ code: 'usage', exit: 2 });
    expect(error.message).to.contain('frames of a folder keep the names of their files');
    expect(error.message).to.contain('--start-number 0');
  });

  it('names a frame that went missing while the clip is read', async () => {
    for (const name of ['0', '1'])
      await save(folder.at(`${name}.png`), flat(8, 4, [0, 0, 0]).png().toBuffer());
    const clip = await openClip(folder.path);
    await rm(folder.at('1.png'));
    expect(await failureOf(readAll(clip))).to.include({ code: 'clip-unreadable', where: folder.at('1.png') });
  });

  it('names an unknown end', async () => {
    await save(
      folder.at('7.png'),
      sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    expect(await failureOf(openClip(folder.path, { from: '8' }))).to.include({
      code: 'unknown-frame',
      exit: 2,
    });
  });
});
