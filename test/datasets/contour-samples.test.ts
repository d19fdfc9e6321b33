import { expect } from 'chai';
import { mkdtemp, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { warp } from '../../src/datasets/augmentation.js';
import { augmentContours } from '../../src/datasets/contour-augmentation.js';
import { outlineSample, readBsdsSamples } from '../../src/datasets/contour-samples.js';
import type { Sample } from '../../src/datasets/sample.js';
import { createRandom } from '../../src/random.js';

/** Rows of digits: 1 = contour, 0 = none, x = void. */
function labelsOf(...rows: string[]): Uint8Array {
  return Uint8Array.from(rows.join(''), (c) => (c === 'x' ? 255 : Number(c)));
}

function rowsOf({ width, height, labels }: Sample): string[] {
  return Array.from({ length: height }, (_, y) =>
    [...labels.subarray(y * width, (y + 1) * width)].map((l) => (l === 255 ? 'x' : String(l))).join(''),
  );
}

describe('datasets/contour-samples', () => {
  async function bsds(): Promise<string> {
    const root = await mkdtemp(path.join(tmpdir(), 'osvos-bsds-'));
    for (const folder of ['images/train', 'counts/train'])
      await mkdir(path.join(root, folder), { recursive: true });
    await writeFile(
      path.join(root, 'annotators.csv'),
      'split,id,annotators,height,width\ntrain,12,5,2,3\ntest,13,5,2,3\n',
    );
    const counts = Uint8Array.from([0, 1, 2, 3, 5, 0]);
    await sharp(counts, { raw: { width: 3, height: 2, channels: 1 } })
      .png()
      .toFile(path.join(root, 'counts/train/12.png'));
    await sharp({ create: { width: 3, height: 2, channels: 3, background: '#804020' } })
      .jpeg()
      .toFile(path.join(root, 'images/train/12.jpg'));
    return root;
  }

  it('takes what enough annotators mark, and leaves open what fewer do', async () => {
    const root = await bsds();
    const [sample, ...others] = await readBsdsSamples(root, ['train'], 0.4);
    expect(others).to.have.length(0);
    expect(rowsOf(sample)).to.deep.equal(['0x1', '110']);
    expect(sample.rgb).to.have.length(18);
    expect(rowsOf((await readBsdsSamples(root, ['train'], 0.2))[0])).to.deep.equal(['011', '110']);
  });

  it('names what is missing', async () => {
    const error = await readBsdsSamples(await bsds(), ['test'], 0.3).catch((e: unknown) => e);
    expect(error).to.have.property('exit', 3);
    expect(error)
      .to.have.property('message')
      .that.contains(path.join('images', 'test', '13.jpg'));
    const nowhere = await readBsdsSamples('/nowhere', ['train'], 0.3).catch((e: unknown) => e);
    expect(nowhere).to.have.property('message').that.contains('annotators.csv');
  });

  it('makes an outline of corners between object and background, and learns nothing far from it', () => {
    const width = 40;
    const labels = new Uint8Array(width).map((_, x) => (x < 20 ? 1 : 0));
    const sample = outlineSample({
      ...{ width, height: 2, rgb: new Uint8Array(6 * width) },
      labels: Uint8Array.from([...labels, ...labels]),
    });
    // the corner right of pixel 19; two pixels beside it are left open, then ten are learnt
    expect(rowsOf(sample)[0]).to.equal(`${'x'.repeat(7)}${'0'.repeat(10)}xx1xx${'0'.repeat(10)}xxxxxxxx`);
  });
});

describe('datasets/contour-augmentation', () => {
  const picture = { width: 4, height: 3, rgb: new Uint8Array(36) };

  it('keeps marks at the corner that they stand for when a picture turns', () => {
    // the mark of (1, 1) stands for the corner between pixels 1 and 2 of both axes
    const sample: Sample = { ...picture, labels: labelsOf('0000', '0100', '0000') };
    // flipped: x → 3 − x takes the corner at 1.5 to 1.5, which is the mark of column 1 again
    const flipped = warp(sample, [-1, 0, 3, 0, 1, 0], picture, { labelsAt: 0.5 });
    expect(rowsOf(flipped)).to.deep.equal(['000x', '010x', '000x']);
    // upside down: y → 2 − y takes it from 1.5 to 0.5, the mark of row 0
    const upsideDown = warp(sample, [1, 0, 0, 0, -1, 2], picture, { labelsAt: 0.5 });
    expect(rowsOf(upsideDown)).to.deep.equal(['0100', '0000', 'xxxx']);
  });

  it('gives views of the size of the canvas with a contour in them, the same for the same seed', () => {
    const labels = new Uint8Array(60 * 40);
    for (let x = 0; x < 60; x++) labels[20 * 60 + x] = 1;
    const sample: Sample = { width: 60, height: 40, rgb: new Uint8Array(3 * 2400).fill(90), labels };
    const canvas = { width: 32, height: 32 };
    const views = [1, 2, 3, 4, 5].map((seed) => augmentContours(sample, createRandom(seed), canvas));
    for (const view of views) {
      expect(view.rgb).to.have.length(3 * 1024);
      expect(view.labels.includes(1)).to.equal(true);
    }
    expect(augmentContours(sample, createRandom(3), canvas)).to.deep.equal(views[2]);
    expect(views[0].labels).to.not.deep.equal(views[1].labels);
  });
});
