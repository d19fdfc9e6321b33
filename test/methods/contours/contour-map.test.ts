import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { startEngine } from '../../../src/engine/start.js';
import { contourMap } from '../../../src/methods/contours/contour-map.js';
import { loadContourNetwork, type ContourNetwork } from '../../../src/methods/contours/contour-network.js';
import { writeSlimParent } from '../osvos/slim-parent.js';
import { writeSlimContours } from './slim-contours.js';

describe('methods/contours/contour-map', () => {
  let contours: ContourNetwork;
  before(async () => {
    await startEngine({ engine: 'cpu' });
    contours = await loadContourNetwork(await writeSlimContours());
  });
  after(() => contours.network.dispose());

  function picture(width: number, height: number) {
    const rgb = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 37) % 251);
    return { width, height, rgb };
  }

  for (const [width, height] of [
    [32, 16],
    [37, 21],
    [1, 1],
    [1, 20],
  ]) {
    it(`gives a probability for each pixel of ${width}×${height}, and keeps no tensor`, async () => {
      const before = tf.memory().numTensors;
      const map = await contourMap(contours, picture(width, height), [0.5, 1, 1.5]);
      expect(map).to.have.length(width * height);
      expect([...map].every((p) => p > 0 && p < 1)).to.equal(true);
      expect(tf.memory().numTensors).to.equal(before);
    });
  }

  it('is the mean over the scales, corner on corner', async () => {
    // what this network sees is a ramp that tells where in the picture a corner is: (x + 1) / width
    const ramp = (x: tf.Tensor4D) => {
      const [, height, width] = x.shape;
      const place = Array.from({ length: width * height }, (_, i) => ((i % width) + 1) / width);
      const logits = place.map((p) => Math.log((0.1 + p / 2) / (0.9 - p / 2)));
      return { fused: tf.tensor3d(logits, [1, height, width]) };
    };
    const network = { run: ramp } as unknown as ContourNetwork['network'];
    for (const scales of [[1], [0.5], [2], [0.5, 1, 2]]) {
      const map = await contourMap({ ...contours, network }, picture(32, 32), scales);
      for (let x = 3; x < 32; x++) {
        expect(map[32 * 9 + x], `column ${x} at ${scales.join()}`).to.be.closeTo(0.1 + (x + 1) / 64, 1e-6);
      }
    }
  });

  it('refuses weights of other networks, naming the file', async () => {
    const parent = await writeSlimParent();
    const error = await loadContourNetwork(parent).catch((e: unknown) => e);
    expect(error).to.have.property('exit', 4);
    expect(error)
      .to.have.property('message')
      .that.contains('no contour network (architecture osvos-vgg19-slim)');
    expect(error).to.have.property('message').that.contains(parent);
  });
});
