import { expect } from 'chai';
import { progressTogether } from '../../src/jobs/compare-progress.js';
import type { ProgressEvent } from '../../src/progress.js';

describe('progress of several runs at once', () => {
  it('is one stage in frames that says what each run is at, and ends full', () => {
    const events: ProgressEvent[] = [];
    const progress = progressTogether((event) => events.push(event), { runs: 2, jobs: 4, frames: 10 });
    const [stm, osvos] = ['stm', 'osvos'].map((name) => progress.of(name));
    osvos({ kind: 'stage', stage: 'cat fine-tuning', total: 60, unit: 'steps' });
    osvos({ kind: 'step', done: 20 });
    stm({ kind: 'stage', stage: 'cat segmenting', total: 4, unit: 'frames', start: 1 });
    stm({ kind: 'step', done: 4 });
    stm({ kind: 'stage', stage: 'dog loading' });
    stm({ kind: 'stage', stage: 'dog segmenting', total: 6, unit: 'frames' });
    stm({ kind: 'step', done: 2 });
    stm({ kind: 'warning', text: 'look there' });
    progress.ended('stm');
    progress.ended('osvos');
    expect(events.filter(({ kind }) => kind === 'stage')).to.deep.equal([
      { kind: 'stage', stage: '2 runs, 2 at once', total: 20, unit: 'frames' },
    ]);
    const steps = events.filter((event) => event.kind === 'step');
    expect(steps.map(({ done }) => done)).to.deep.equal([0, 0, 1, 4, 4, 4, 6, 10, 20]);
    expect(steps[6].detail).to.equal('osvos cat fine-tuning 20 · stm dog segmenting 2');
    expect(steps.at(-1)!.detail).to.equal('');
    const texts = events.flatMap((event) => ('text' in event ? [event.text] : []));
    expect(texts).to.deep.equal(['stm: look there']);
  });
});
