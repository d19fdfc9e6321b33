/** The shipped contour network on photographs that it was not trained on, and a mask snapped to what it finds. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { openDavis } from '../../src/clips/davis.js';
import { readMask } from '../../src/clips/read-mask.js';
import { startEngine } from '../../src/engine/start.js';
import { evaluateContours } from '../../src/jobs/evaluate-contours.js';
import { openNetworkMaps } from '../../src/jobs/evaluate-contours-maps.js';
import { contourMap } from '../../src/methods/contours/contour-map.js';
import { loadContourNetwork } from '../../src/methods/contours/contour-network.js';
import { snapDefaults } from '../../src/methods/contours/snap-settings.js';
import { regionSimilarity } from '../../src/scores/region.js';
import { createSnapper } from '../../src/snapping/snapper.js';

const data = process.env.OSVOS_DATA ?? '../shared/data';

function needs(folder: string) {
  return function (this: Mocha.Context) {
    if (existsSync(folder)) return;
    console.log(`      skipped: ${folder} is not there (set OSVOS_DATA)`);
    this.skip();
  };
}

describe('the shipped contour network', function () {
  this.timeout(300_000);
  const bsds = path.join(data, 'BSDS500');
  const davis = path.join(data, 'DAVIS');
  before(async () => {
    await startEngine({ engine: 'auto', threads: 1 });
  });

  describe('on BSDS500', () => {
    before(needs(bsds));

    it('finds contours nearly as people do: F of 0.75 and more on every fortieth test image', async () => {
      const { summary, images } = await evaluateContours({
        ...{ bsds, split: 'test', thresholds: 9, suppress: true, every: 40, report: () => undefined },
        openMaps: (_, opened) => openNetworkMaps(snapDefaults.contours, [1], opened),
      });
      expect(images).to.equal(5);
      expect(summary.ODS.F).to.be.above(0.75);
    });
  });

  describe('on DAVIS', () => {
    before(needs(davis));

    it('gives superpixels that hold the object of a hold-out frame', async () => {
      const [sequence] = openDavis(davis, { split: 'train-hold-out', sequences: ['car-turn'] }).sequences;
      const frame = await (await sequence.clip()).frame(10);
      const { labels } = await readMask(sequence.annotationFile(frame.name));
      const contours = await loadContourNetwork(snapDefaults.contours);
      const map = { width: frame.width, height: frame.height, data: await contourMap(contours, frame, [1]) };
      contours.network.dispose();
      const snapped = createSnapper(frame.width, frame.height, snapDefaults).snap(map, labels);
      expect(regionSimilarity(snapped, labels)).to.be.within(0.93, 0.999);
    });
  });
});
