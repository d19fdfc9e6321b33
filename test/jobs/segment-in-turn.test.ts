import { expect } from 'chai';
import { OsvosError, type ErrorCode } from '../../src/errors.js';
import { segmentInTurn, type Turn } from '../../src/jobs/segment-in-turn.js';
import type { ProgressEvent } from '../../src/progress.js';
import { errorOf } from './run-fake.js';

const fine = (name: string): Turn<string> => ({ name, run: async () => name });
const failing = (name: string, code: ErrorCode): Turn<string> => ({
  name,
  run: async () => Promise.reject(new OsvosError(code, 'broken', `${name}.png`, 'mend it')),
});

describe('clips in turn', () => {
  const silent = () => undefined;

  it('gives all results in order', async () => {
    expect(await segmentInTurn([fine('ape'), fine('bee')], 'clips', silent)).to.deep.equal(['ape', 'bee']);
  });

  it('goes on after a failure, and ends with the first one’s code, all failures and what is finished', async () => {
    const events: ProgressEvent[] = [];
    const turns = [
      fine('ape'),
      failing('bee', 'clip-unreadable'),
      fine('cat'),
      failing('dog', 'not-a-number'),
    ];
    const error = await errorOf(segmentInTurn(turns, 'clips', (event) => events.push(event)));
    expect(error.exit).to.equal(3);
    expect(error.message).to.equal(
      '2 of 4 clips failed: bee (broken: bee.png: mend it); dog (broken: dog.png: mend it): ' +
        'finished: ape, cat; the same command does only what is missing',
    );
    expect(events).to.deep.include({ kind: 'warning', text: 'bee failed: broken: bee.png: mend it' });
  });

  it('stops at once at an interruption, a missing engine, or a fault of the program', async () => {
    for (const code of ['interrupted', 'engine'] as const) {
      let begun = false;
      const next: Turn<string> = { name: 'bee', run: async () => String((begun = true)) };
      const error = await errorOf(segmentInTurn([failing('ape', code), next], 'clips', silent));
      expect(error.code).to.equal(code);
      expect(begun).to.be.false;
    }
    const bug = new TypeError('a bug');
    const broken: Turn<string> = { name: 'ape', run: async () => Promise.reject(bug) };
    let thrown: unknown;
    await segmentInTurn([broken, fine('bee')], 'clips', silent).catch((error: unknown) => (thrown = error));
    expect(thrown).to.equal(bug);
  });

  it('hands on the error of a single clip as it is', async () => {
    const error = await errorOf(segmentInTurn([failing('ape', 'mask-empty')], 'clips', silent));
    expect(error.message).to.equal('broken: ape.png: mend it');
  });

  it('puts the name before what is told', async () => {
    const events: ProgressEvent[] = [];
    const telling: Turn<void> = {
      name: 'ape',
      run: async (report) => {
        report({ kind: 'stage', stage: 'segmenting', total: 2 });
        report({ kind: 'step', done: 1 });
        report({ kind: 'note', text: 'half' });
      },
    };
    await segmentInTurn([telling], 'clips', (event) => events.push(event));
    expect(events).to.deep.equal([
      { kind: 'stage', stage: 'ape: segmenting', total: 2 },
      { kind: 'step', done: 1 },
      { kind: 'note', text: 'ape: half' },
    ]);
  });
});
