import { expect } from 'chai';
import type { FrameTask } from '../../src/jobs/evaluate-frames.js';
import { evaluate } from '../../src/jobs/evaluate.js';
import { scoreTasks } from '../../src/jobs/evaluate-pool.js';
import type { ProgressEvent } from '../../src/progress.js';
import { bar, Fixture, frameName } from './evaluate-fixture.js';

describe('evaluating folders', () => {
  let fixture: Fixture;
  beforeEach(() => {
    fixture = new Fixture();
  });
  afterEach(() => fixture.remove());

  it('tells its progress frame by frame', async () => {
    fixture.barTruth('truth', 5);
    for (let t = 0; t < 5; t++) fixture.grey(`results/${frameName(t)}.png`, bar(10, 14, 255));
    const events: ProgressEvent[] = [];
    const options = { results: fixture.path('results'), truth: { annotations: fixture.path('truth') } };
    const { protocol, frames, scored } = await evaluate({
      ...options,
      report: (event) => events.push(event),
    });
    expect({ protocol, frames, scored }).to.deep.equal({ protocol: 'davis-2016', frames: 5, scored: 3 });
    expect(events).to.deep.equal([
      { kind: 'stage', stage: 'scoring', total: 3, unit: 'frames' },
      { kind: 'step', done: 1 },
      { kind: 'step', done: 2 },
      { kind: 'step', done: 3 },
    ]);
  });

  it('tells the kinds of wrong pixels where they are asked for, and only there', async () => {
    fixture.barTruth('truth', 4);
    for (let t = 0; t < 4; t++) fixture.grey(`results/${frameName(t)}.png`, bar(15, 15 + 10 * t, 255));
    const options = { results: fixture.path('results'), truth: { annotations: fixture.path('truth') } };
    const report = () => undefined;
    const { errors, objects } = await evaluate({ ...options, withErrors: true, report });
    // of 40 × 20 pixels ten rows: columns 10–19 against 15–25 and 15–35
    expect(errors!['FP-Close']).to.be.closeTo((6 + 16) / 2 / 80, 1e-12);
    expect([errors!['FP-Far'], errors!.FN]).to.deep.equal([0, 5 / 80]);
    expect(Object.values(objects)[0].errors).to.deep.equal(errors);
    const plain = await evaluate({ ...options, report });
    expect(plain).not.to.have.property('errors');
    expect(Object.values(plain.objects)[0]).not.to.have.property('errors');
  });

  it('tells black and white annotations from ids also where the first is empty', async () => {
    fixture.barTruth('truth', 5);
    fixture.grey('truth/00000.png');
    for (let t = 0; t < 5; t++) fixture.grey(`results/${frameName(t)}.png`, bar(10, 14, 255));
    const options = { results: fixture.path('results'), truth: { annotations: fixture.path('truth') } };
    expect((await evaluate({ ...options, report: () => undefined })).protocol).to.equal('davis-2016');
  });

  describe('in threads', () => {
    /** 100 frames, each shifted by another number of columns; one of them not readable. */
    function tasks(): FrameTask[] {
      const truth = fixture.grey('truth.png', bar(10, 19, 255));
      return Array.from({ length: 100 }, (_, t) => {
        const file = `${frameName(t)}.png`;
        const prediction =
          t === 41
            ? fixture.write(file, 'broken')
            : fixture.grey(file, bar(10 + (t % 10), 19 + (t % 10), 255));
        return { prediction, truth, first: truth, protocol: 'davis-2016', ids: [1] };
      });
    }

    it('gives the outcomes in the order of the frames', async () => {
      let last = 0;
      const outcomes = await scoreTasks(tasks(), { threads: 3, onProgress: (done) => (last = done) });
      expect(last).to.equal(100);
      outcomes.forEach((outcome, t) => {
        if (t === 41) expect(outcome).to.have.nested.property('fault.code', 'mask-unreadable');
        else if ('scores' in outcome)
          expect(outcome.scores[0].J).to.be.closeTo((10 - (t % 10)) / (10 + (t % 10)), 1e-12);
        else expect.fail(`frame ${t} has no scores`);
      });
    });

    it('gives the same outcomes as in one', async () => {
      const all = tasks();
      expect(await scoreTasks(all, { threads: 2 })).to.deep.equal(await scoreTasks(all, { threads: 1 }));
    });

    it('hands on a fault of the program itself, and ends', async () => {
      const broken = Array.from({ length: 100 }, () => null as unknown as FrameTask);
      const error = await scoreTasks(broken, { threads: 2 }).catch((reason: Error) => reason);
      expect(error).to.be.instanceOf(TypeError);
    });
  });
});
