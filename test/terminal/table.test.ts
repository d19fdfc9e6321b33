import { expect } from 'chai';
import { mayColour } from '../../src/terminal/colour.js';
import { describeStep, formatDuration } from '../../src/terminal/stage-line.js';
import { formatTable } from '../../src/terminal/table.js';

describe('tables', () => {
  it('align names left and figures right, also beyond ASCII, and leave no blanks at the end', () => {
    const rows = [
      { name: 'blackswan', j: 0.94 },
      { name: 'Öl 视频', j: 12.5 },
    ];
    const table = formatTable(rows, [
      { title: 'sequence', value: (row) => row.name },
      { title: 'J', value: (row) => row.j.toFixed(2), align: 'right' },
      { title: 'note', value: () => '' },
    ]);
    expect(table.split('\n')).to.deep.equal([
      'sequence       J  note',
      'blackswan   0.94',
      'Öl 视频      12.50',
    ]);
  });

  it('of no rows are their titles', () => {
    expect(formatTable([], [{ title: 'name', value: () => '' }])).to.equal('name');
  });
});

describe('the line of a stage', () => {
  const stage = { name: 'fine-tuning', unit: 'steps', total: 100, began: 1000 };

  it('tells count, rate, time left and detail', () => {
    expect(describeStep({ ...stage, done: 40, detail: 'loss 0.12' }, 17_000)).to.equal(
      'fine-tuning 40/100 steps, 2.5/s, 24 s left, loss 0.12',
    );
  });

  it('guesses the time left from the fifth step on', () => {
    expect(describeStep({ ...stage, done: 4 }, 5000)).to.equal('fine-tuning 4/100 steps, 1.0/s');
    expect(describeStep({ ...stage, done: 5 }, 16_000)).to.equal(
      'fine-tuning 5/100 steps, 3.0 s each, 4 min 45 s left',
    );
  });

  it('leaves out of the rate what a former run did', () => {
    expect(describeStep({ ...stage, start: 50, done: 70 }, 11_000)).to.equal(
      'fine-tuning 70/100 steps, 2.0/s, 15 s left',
    );
  });

  it('tells how long a finished one took, and counts without a total', () => {
    expect(describeStep({ ...stage, done: 100 }, 3_701_000)).to.equal(
      'fine-tuning 100/100 steps, 37.0 s each, 1 h 1 min',
    );
    expect(describeStep({ name: 'frames', done: 3, began: 0 }, 1000)).to.equal('frames 3, 3.0/s');
  });

  it('writes durations', () => {
    expect([0.4, 59.6, 3599, 3600].map(formatDuration)).to.deep.equal([
      '0 s',
      '1 min 0 s',
      '59 min 59 s',
      '1 h 0 min',
    ]);
  });
});

describe('colour', () => {
  it('needs a terminal that is not dumb, and gives way to NO_COLOR', () => {
    expect(mayColour({ isTTY: true }, {})).to.be.true;
    expect(mayColour({ isTTY: false }, {})).to.be.false;
    expect(mayColour({ isTTY: true }, { TERM: 'dumb' })).to.be.false;
    expect(mayColour({ isTTY: true }, { NO_COLOR: '1', FORCE_COLOR: '1' })).to.be.false;
    expect(mayColour({ isTTY: false }, { FORCE_COLOR: '1' })).to.be.true;
  });
});
