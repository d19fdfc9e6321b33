import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { startEngine } from '../../src/engine/start.js';
import { createRandom } from '../../src/random.js';
import { logisticRegression } from '../../src/training/logistic-regression.js';

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

describe('training/logistic-regression', () => {
  before(() => startEngine({ engine: 'cpu' }));

  it('solves two points at ±1: σ(−w) = decay · w, by bisection', async () => {
    const decay = 0.1;
    let [low, high] = [0, 10];
    for (let i = 0; i < 60; i++) {
      const w = (low + high) / 2;
      if (sigmoid(-w) > decay * w) low = w;
      else high = w;
    }
    const solution = logisticRegression(
      tf.tensor2d([[1], [-1]]),
      tf.tensor1d([1, 0]),
      tf.tensor1d([0.5, 0.5]),
      { decay, newtonSteps: 8, gradientSteps: 3 },
    );
    expect((await solution.data())[0]).to.be.closeTo(low, 1e-4);
  });

  it('ends where the gradient of the weighted loss with soft targets is zero', async () => {
    const random = createRandom(3);
    const [n, d, decay] = [60, 7, 0.02];
    const rows = Array.from({ length: n }, () => Array.from({ length: d }, () => random.normal()));
    const targets = rows.map((row) => sigmoid(2 * row[0] - row[1] + random.normal()));
    const raw = rows.map(() => random.uniform(0.1, 1));
    const weights = raw.map((w) => w / raw.reduce((a, b) => a + b, 0));
    const solution = await logisticRegression(tf.tensor2d(rows), tf.tensor1d(targets), tf.tensor1d(weights), {
      decay,
      newtonSteps: 10,
      gradientSteps: d,
    }).data();
    for (let k = 0; k < d; k++) {
      let gradient = decay * solution[k];
      rows.forEach((row, i) => {
        const z = row.reduce((sum, x, j) => sum + x * solution[j], 0);
        gradient += weights[i] * (sigmoid(z) - targets[i]) * row[k];
      });
      expect(gradient, `component ${k}`).to.be.closeTo(0, 1e-4);
    }
    expect(Math.abs(solution[0])).to.be.above(0.3); // and not at the start
  });

  it('stays where it is when it starts at the solution, and keeps no tensors', async () => {
    const problem = [tf.tensor2d([[1], [-1], [2]]), tf.tensor1d([1, 0, 0]), tf.tensor1d([0.4, 0.3, 0.3])] as const; // prettier-ignore
    const options = { decay: 0.1, newtonSteps: 8, gradientSteps: 2 };
    const before = tf.memory().numTensors;
    const first = logisticRegression(...problem, options);
    const second = logisticRegression(...problem, { ...options, newtonSteps: 1 }, first);
    expect((await second.data())[0]).to.be.closeTo((await first.data())[0], 1e-5);
    expect(tf.memory().numTensors).to.equal(before + 2);
  });
});
