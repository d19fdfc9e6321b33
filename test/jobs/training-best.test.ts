import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { startEngine } from '../../src/engine/start.js';
import { runTraining, type Trainee, type TrainingJob } from '../../src/jobs/training.js';
import { Parameters } from '../../src/networks/parameters.js';
import type { ProgressEvent } from '../../src/progress.js';
import { createSgd } from '../../src/training/sgd.js';
import { fromHalf } from '../../src/weights/half.js';
import { readSafetensors } from '../../src/weights/safetensors.js';
import type { Weights } from '../../src/weights/weights.js';

const identity = {
  ...{ command: 'train nothing', method: 'none', options: {}, seed: 1, weights: [] },
  ...{ input: { source: '', split: '' }, annotations: [], objects: [] },
};

describe('jobs/training-best', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'osvos-best-'));
  });

  /** A network of one number, which counts its updates. */
  function counter(score: (updates: number) => number | undefined): Trainee {
    const one: Weights = new Map([['x', { dtype: 'F32', shape: [1], data: Float32Array.of(0) }]]);
    const parameters = Parameters.from(one, new Map([['x', [1]]]), 'test');
    const optimizer = createSgd({
      groups: [{ variables: parameters.select(['x']), rate: 1, weightDecay: 0 }],
    });
    const numberIn = (weights: Weights) => fromHalf(weights.get('x')!.data as Uint16Array)[0];
    return {
      ...{
        name: 'counter',
        parameters,
        optimizer,
        file: 'counter.safetensors',
        metadata: { kind: 'counter' },
      },
      async train(course) {
        let done = course.start;
        while (done < course.updates && !course.signal?.aborted) {
          done++;
          parameters.write(new Map([['x', { dtype: 'F32', shape: [1], data: Float32Array.of(done) }]]));
          if (!(await course.after({ index: done - 1, loss: 1, seconds: 0 }))) break;
        }
        return done;
      },
      score: (weights) => Promise.resolve(score(numberIn(weights))),
      dispose: () => {
        optimizer.dispose();
        parameters.dispose();
      },
    };
  }

  function train(
    out: string,
    score: (updates: number) => number | undefined,
    changes: Partial<TrainingJob> = {},
  ) {
    const job: TrainingJob = {
      ...{ out: path.join(root, out), force: false, report: () => undefined },
      startEngine: () => startEngine({ engine: 'cpu' }),
      ...changes,
    };
    const length = { updates: 12, warmUp: 1, looks: 4 };
    return runTraining(job, identity, length, () => Promise.resolve(() => Promise.resolve(counter(score))));
  }

  /** Worth most after six updates. */
  const rising = (updates: number) => 1 - Math.abs(6 - updates) / 10;

  it('writes the best state, not the last', async () => {
    const { file, best, updates } = await train('best', rising);
    expect({ best, updates }).to.deep.equal({ best: { score: 1, updates: 6 }, updates: 12 });
    const { tensors, metadata } = await readSafetensors(file);
    expect(fromHalf(tensors.get('x')!.data as Uint16Array)[0]).to.equal(6);
    expect(metadata).to.deep.equal({ kind: 'counter' });
    const log = await readFile(path.join(root, 'best', 'hold-out.csv'), 'utf8');
    expect(log.trim().split('\n')).to.deep.equal([
      'update,seconds,J',
      '3,0.0,0.7000',
      '6,0.0,1.0000',
      '9,0.0,0.7000',
      '12,0.0,0.4000',
    ]);
  });

  it('knows the best state after a stop', async () => {
    const stop = new AbortController();
    const stopAtEight = (event: ProgressEvent) => event.kind === 'step' && event.done === 8 && stop.abort();
    const stopped = train('stopped', rising, { signal: stop.signal, report: stopAtEight });
    expect(await stopped.catch((error: unknown) => error)).to.have.property('exit', 130);
    const looks: number[] = [];
    const { best } = await train('stopped', (updates) => {
      looks.push(updates);
      return rising(updates);
    });
    expect(looks).to.deep.equal([9, 12]);
    expect(best).to.deep.equal({ score: 1, updates: 6 });
  });

  it('scores the last state again where that was stopped, and trains no further', async () => {
    const stopped = train('end', (updates) => (updates === 12 ? undefined : rising(updates)));
    expect(await stopped.catch((error: unknown) => error)).to.have.property('exit', 130);
    const looks: number[] = [];
    const result = await train('end', (updates) => {
      looks.push(updates);
      return 2;
    });
    expect(looks).to.deep.equal([12]);
    expect(result).to.deep.include({ updates: 12, best: { score: 2, updates: 12 } });
  });
});
