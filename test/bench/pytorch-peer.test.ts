import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { writeCase } from '../../bench/engine/case.js';
import type { Measurement } from '../../bench/engine/measure.js';
import { peerProgram, pythonProgram, run, Unavailable } from '../../bench/engine/run-row.js';
import { openWork } from '../../bench/engine/work.js';
import { startEngine } from '../../src/engine/start.js';

/** Relative: of logits to the largest of them, of each loss to ours. bfloat16 keeps eight bits of a number. */
const tolerances = { f32: { logits: 1e-3, loss: 1e-3 }, bf16: { logits: 0.03, loss: 0.01 } } as const;
/** The peer's two warm up. */
const ITERATIONS = 4;

/** The bench compares nothing unless both sides do the same work. */
describe('the peer in PyTorch', function () {
  this.timeout(120_000); // importing PyTorch takes seconds
  let folder: string;

  before(async function () {
    try {
      await run(pythonProgram(), [peerProgram, '--version']);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      console.log(`      the peer is left out: ${error.message}`);
      this.skip();
    }
    folder = await mkdtemp(path.join(os.tmpdir(), 'osvos-peer-'));
    await startEngine({ engine: 'wasm' });
  });
  after(async () => {
    if (folder) await rm(folder, { recursive: true });
  });

  // sides that are no multiples of any stride, so that rounding and borders count
  for (const [network, size] of [
    ['vgg19-slim', { height: 37, width: 53 }],
    ['resnet50-v1', { height: 45, width: 61 }],
  ] as const) {
    it(`has the logits and the losses of our network over ${ITERATIONS} updates: ${network}`, async () => {
      const file = path.join(folder, `${network}.safetensors`);
      await writeCase(file, network, size);
      const work = await openWork(file);
      const logits = await work.forward();
      const losses: number[] = [];
      await work.iterate(ITERATIONS, (loss) => losses.push(loss));
      work.dispose();
      expect(Math.abs(losses[0] - losses[ITERATIONS - 1]) / losses[0], 'change of the loss').to.be.above(
        0.01,
      );

      for (const precision of ['f32', 'bf16'] as const) {
        const tolerance = tolerances[precision];
        const theirs = await runPeer(file, precision);
        expect(theirs.logits).to.have.length(size.height * size.width);
        const largest = logits.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        const apart = logits.reduce((most, x, i) => Math.max(most, Math.abs(x - theirs.logits[i])), 0);
        expect(apart / largest, `logits, ${precision}`).to.be.below(tolerance.logits);
        expect(theirs.losses).to.have.length(ITERATIONS);
        losses.forEach((loss, i) => {
          expect(theirs.losses[i] / loss, `loss ${i + 1}, ${precision}`).to.be.closeTo(1, tolerance.loss);
        });
      }
    });
  }

  async function runPeer(file: string, precision: keyof typeof tolerances) {
    const out = `${file}.logits`;
    const flags = ['--precision', precision, '--iterations', `${ITERATIONS - 2}`, '--logits', out];
    const text = await run(pythonProgram(), [peerProgram, file, ...flags], { OMP_NUM_THREADS: '1' });
    const { losses } = JSON.parse(text) as Measurement;
    const bytes = await readFile(out);
    return { losses, logits: new Float32Array(new Uint8Array(bytes).buffer) };
  }
});
