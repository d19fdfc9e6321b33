import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { engineNames } from '../../../src/engine/engine.js';
import { tidyAsync } from '../../../src/engine/tensors.js';
import { createRandom } from '../../../src/random.js';
import { bootstrappedCrossEntropy } from '../../../src/training/bootstrapped-cross-entropy.js';
import { startOrSkip } from './engines.js';

interface Case {
  /** `[pictures][pixels][classes]`. */
  logits: number[][][];
  /** Class of each pixel; −1 for void. */
  classes: number[][];
}

/** As it is written in the paper, in double precision. */
function plainLoss({ logits, classes }: Case, share: number): number {
  const losses = logits.map((picture, n) =>
    picture.map((z, p) => {
      const sum = z.reduce((total, x) => total + Math.exp(x), 0);
      return classes[n][p] < 0 ? 0 : Math.log(sum) - z[classes[n][p]];
    }),
  );
  const known = losses.map((of, n) => of.filter((_, p) => classes[n][p] >= 0));
  const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0) / Math.max(1, numbers.length);
  if (share >= 1) return mean(known.flat());
  return mean(
    losses.map((of, n) => {
      const least = [...of].sort((a, b) => b - a)[Math.max(1, Math.round(share * of.length)) - 1];
      return mean(known[n].filter((loss) => loss >= least));
    }),
  );
}

function drawCase(pictures: number, pixels: number, classes: number, seed = 1): Case {
  const random = createRandom(seed);
  const each = <T>(count: number, make: () => T) => Array.from({ length: count }, make);
  return {
    logits: each(pictures, () => each(pixels, () => each(classes, () => 2 * random.normal()))),
    classes: each(pictures, () => each(pixels, () => random.integer(classes + 1) - 1)),
  };
}

/** Loss and gradient on the engine that runs. */
async function evaluate(
  { logits, classes }: Case,
  share: number,
): Promise<{ loss: number; gradient: number[] }> {
  return tidyAsync(async () => {
    const labels = tf.tensor3d(classes.map((of, n) => of.map((own, p) => logits[n][p].map((_, c) => Number(c === own))))); // prettier-ignore
    const { value, grad } = tf.valueAndGrad((z) => bootstrappedCrossEntropy(z as tf.Tensor3D, labels, share))(
      tf.tensor3d(logits),
    );
    return { loss: (await value.data())[0], gradient: [...(await grad.data())] };
  });
}

for (const engine of engineNames) {
  describe(`the cross-entropy of the hardest pixels on ${engine}`, () => {
    before(async function () {
      await startOrSkip(this, engine);
    });

    for (const share of [1, 0.5, 0.15, 0.001]) {
      for (const [pictures, pixels, classes] of [
        [2, 40, 3],
        [1, 150, 2],
        [3, 70, 16],
        [2, 30, 20],
      ]) {
        it(`is what its formula says, and so is its gradient: share ${share}, ${pictures}×${pixels}×${classes}`, async () => {
          const drawn = drawCase(pictures, pixels, classes);
          const { loss, gradient } = await evaluate(drawn, share);
          expect(loss).to.be.closeTo(plainLoss(drawn, share), 1e-5);
          // by differences too small to change which pixels are the hardest
          const step = 1e-6;
          const moved = (index: number, by: number) => {
            const copy = structuredClone(drawn);
            const [n, rest] = [Math.floor(index / (pixels * classes)), index % (pixels * classes)];
            copy.logits[n][Math.floor(rest / classes)][rest % classes] += by;
            return plainLoss(copy, share);
          };
          for (let i = 0; i < gradient.length; i += 7) {
            const slope = (moved(i, step) - moved(i, -step)) / (2 * step);
            expect(gradient[i], `number ${i}`).to.be.closeTo(slope, 1e-5);
          }
        });
      }
    }

    it('counts all pixels that are as hard as the last, and none that are void', async () => {
      const z = [0, 0, 0];
      const drawn: Case = { logits: [[z, z, z, z, [9, 0, 0], [0, 9, 0]]], classes: [[0, 1, 2, -1, 0, -1]] };
      const { loss, gradient } = await evaluate(drawn, 1 / 6);
      expect(loss).to.be.closeTo(Math.log(3), 1e-6);
      const third = 1 / 9;
      [-2 * third, third, third, third, -2 * third, third, third, third, -2 * third].forEach((slope, i) =>
        expect(gradient[i]).to.be.closeTo(slope, 1e-6),
      );
      expect(gradient.slice(9).every((slope) => slope === 0)).to.equal(true);
    });

    it('is zero where nothing is known', async () => {
      const drawn = drawCase(2, 10, 3);
      const nothing = { ...drawn, classes: drawn.classes.map((of) => of.map(() => -1)) };
      for (const share of [1, 0.3]) {
        const { loss, gradient } = await evaluate(nothing, share);
        expect(loss).to.equal(0);
        expect(gradient.every((slope) => slope === 0)).to.equal(true);
      }
    });

    it('says that a logit is no number, and gives back all tensors', async () => {
      const before = tf.memory().numTensors;
      const drawn = drawCase(1, 10, 3);
      drawn.logits[0][4][1] = NaN;
      drawn.classes[0][4] = 0;
      expect((await evaluate(drawn, 0.5)).loss).to.deep.equal(NaN);
      expect((await evaluate(drawn, 1)).loss).to.deep.equal(NaN);
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('keeps no tensor beside the loss outside of a training', () => {
      const drawn = drawCase(1, 10, 3);
      const [logits, labels] = [tf.tensor3d(drawn.logits), tf.zeros<tf.Rank.R3>([1, 10, 3])];
      const before = tf.memory().numTensors;
      const loss = bootstrappedCrossEntropy(logits, labels, 0.5);
      expect(tf.memory().numTensors).to.equal(before + 1);
      tf.dispose([loss, logits, labels]);
    });
  });
}
