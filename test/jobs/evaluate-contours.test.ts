import { expect } from 'chai';
import type { ContourMaps } from '../../src/jobs/evaluate-contours-maps.js';
import { evaluateContours, type EvaluateContoursOptions } from '../../src/jobs/evaluate-contours.js';
import type { ProgressEvent } from '../../src/progress.js';
import { failureOf } from '../clips/test-pictures.js';
import { height, SmallBsds, width } from '../datasets/small-bsds.js';

const IMAGES = 6;

describe('scoring contour maps', () => {
  let data: SmallBsds;
  let options: Omit<EvaluateContoursOptions, 'openMaps'>;
  let events: ProgressEvent[];

  beforeEach(() => {
    data = new SmallBsds();
    for (let i = 0; i < IMAGES; i++) data.image('test', `${i}`, [[8], [8, 16]]);
    events = [];
    options = {
      bsds: data.root,
      split: 'test',
      thresholds: 3,
      suppress: false,
      every: 1,
      threads: 2,
      report: (event) => events.push(event),
    };
  });
  afterEach(() => data.remove());

  /** Image i has its line in column 8 + i at strength 0.6: beyond a distance of 1 pixel nothing is near (reach 0.22). */
  const lines: ContourMaps = async ({ id }) =>
    Float32Array.from({ length: width * height }, (_, i) => (i % width === 8 + Number(id) ? 0.6 : 0));

  it('takes maps from whatever gives them, one at a time', async () => {
    let running = 0;
    let most = 0;
    const asked: string[] = [];
    const maps: ContourMaps = async (image) => {
      asked.push(image.id);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return lines(image);
    };
    const { summary, images } = await evaluateContours({ ...options, openMaps: async () => ({ maps }) });
    expect(images).to.equal(IMAGES);
    expect(asked).to.deep.equal(['0', '1', '2', '3', '4', '5']);
    expect(most).to.equal(1);
    // only image 0 agrees: 2 of 3 annotated lines found there, its own line confirmed
    expect(summary.ODS.recall).to.be.closeTo(2 / (3 * IMAGES), 1e-12);
    expect(summary.ODS.precision).to.be.closeTo(1 / IMAGES, 1e-12);
    expect(summary.images.map(({ F }) => F > 0)).to.deep.equal([true, false, false, false, false, false]);
    expect(events[0]).to.deep.equal({ kind: 'stage', stage: 'scoring', total: IMAGES, unit: 'images' });
    expect(events.at(-1)).to.deep.equal({ kind: 'step', done: IMAGES });
  });

  it('gives the same scores in one thread', async () => {
    const openMaps = async () => ({ maps: lines });
    const one = await evaluateContours({ ...options, openMaps, threads: 1 });
    expect(await evaluateContours({ ...options, openMaps })).to.deep.equal(one);
  });

  it('hands on what the maps throw, and asks for no more of them', async () => {
    let calls = 0;
    const maps: ContourMaps = async () => {
      calls++;
      throw new RangeError('no map');
    };
    expect(
      await failureOf(evaluateContours({ ...options, openMaps: async () => ({ maps }) })),
    ).to.be.instanceOf(RangeError);
    expect(calls).to.be.at.most(2);
  });

  it('stops when interrupted, with what makes maps at rest', async () => {
    const controller = new AbortController();
    let running = 0;
    const maps: ContourMaps = async (image) => {
      running++;
      if (image.id === '1') controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      return lines(image);
    };
    const { signal } = controller;
    const error = await failureOf(evaluateContours({ ...options, signal, openMaps: async () => ({ maps }) }));
    expect(error).to.include({ code: 'interrupted', exit: 130 });
    expect(error.message).to.match(/stopped with [01] of 6 images done/);
    expect(running).to.equal(0);
  });
});
