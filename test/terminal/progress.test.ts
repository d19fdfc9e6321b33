import { Writable } from 'node:stream';
import { expect } from 'chai';
import { createReporter } from '../../src/terminal/progress.js';

class Screen extends Writable {
  text = '';
  columns = 120;
  constructor(readonly isTTY: boolean) {
    super();
  }
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
  /** What a terminal would show: each line as it stands after cursor movements and erasures. */
  shown(): string[] {
    const lines = [''];
    let column = 0;
    for (const [, code, letter, text] of this.text.matchAll(/\u001b\[?([?\d;]*)([A-Za-z78])|([^\u001b])/g)) {
      const line = lines[lines.length - 1];
      if (text === '\n') {
        lines.push('');
        column = 0;
      } else if (text !== undefined) {
        lines[lines.length - 1] = line.slice(0, column).padEnd(column) + text + line.slice(column + 1);
        column++;
      } else if (letter === 'G') column = Number(code || 1) - 1;
      else if (letter === 'K') lines[lines.length - 1] = code === '2' ? '' : line.slice(0, column);
    }
    return lines;
  }
}

describe('progress', () => {
  const clock = () => {
    let time = 0;
    return { now: () => time, wait: (ms: number) => (time += ms) };
  };

  it('is plain lines every five seconds where there is no terminal', () => {
    const screen = new Screen(false);
    const { now, wait } = clock();
    const { report, finish } = createReporter({ stream: screen, now, environment: {} });
    report({ kind: 'note', text: 'engine cpu' });
    report({ kind: 'stage', stage: 'segmenting', total: 20, unit: 'frames' });
    for (let done = 1; done <= 20; done++) {
      wait(1000);
      report({ kind: 'step', done });
    }
    finish();
    expect(screen.text.split('\n')).to.deep.equal([
      'engine cpu',
      'segmenting …',
      'segmenting 5/20 frames, 1.0/s, 15 s left',
      'segmenting 10/20 frames, 1.0/s, 10 s left',
      'segmenting 15/20 frames, 1.0/s, 5 s left',
      'segmenting 20/20 frames, 1.0/s, 20 s',
      'segmenting 20/20 frames, 1.0/s, 20 s',
      '',
    ]);
  });

  it('takes the time left from the work where that knows it', () => {
    const screen = new Screen(false);
    const { now, wait } = clock();
    const { report } = createReporter({ stream: screen, now, environment: {} });
    report({ kind: 'stage', stage: 'training', total: 100, unit: 'updates' });
    wait(5000);
    report({ kind: 'step', done: 5, left: 8 });
    expect(screen.text).to.match(/training 5\/100 updates, 1\.0\/s, 8 s left\n$/);
  });

  it('is a bar on a terminal, which notes and warnings do not tear', () => {
    const screen = new Screen(true);
    const { now, wait } = clock();
    const { report, finish } = createReporter({ stream: screen, now, environment: {} });
    report({ kind: 'stage', stage: 'fine-tuning', total: 10, unit: 'steps' });
    wait(5000);
    report({ kind: 'step', done: 5, detail: 'loss 0.50' });
    report({ kind: 'note', text: 'preview written' });
    expect(screen.shown()).to.deep.equal([
      'preview written',
      '████████████░░░░░░░░░░░░ fine-tuning 5/10 steps, 1.0/s, 5 s left, loss 0.50',
    ]);
    report({ kind: 'warning', text: 'the object leaves' });
    wait(5000);
    report({ kind: 'step', done: 10 });
    finish();
    expect(screen.shown()).to.deep.equal([
      'preview written',
      'Warning: the object leaves',
      'fine-tuning 10/10 steps, 1.0/s, 10 s',
      '',
    ]);
    expect(screen.text).to.contain('\u001b[33mWarning:');
  });

  it('has no colour with NO_COLOR and no bar under CI', () => {
    const screen = new Screen(true);
    const { report, finish } = createReporter({ stream: screen, environment: { NO_COLOR: '1', CI: 'true' } });
    report({ kind: 'stage', stage: 'fine-tuning', total: 10 });
    report({ kind: 'warning', text: 'careful' });
    finish();
    expect(screen.text).to.equal('fine-tuning …\nWarning: careful\n');
  });

  it('is warnings only when quiet, and these are kept for the record', () => {
    const screen = new Screen(true);
    const { report, finish, warnings } = createReporter({
      quiet: true,
      stream: screen,
      environment: { NO_COLOR: '1' },
    });
    report({ kind: 'stage', stage: 'fine-tuning', total: 10 });
    report({ kind: 'step', done: 1 });
    report({ kind: 'note', text: 'written' });
    report({ kind: 'warning', text: 'careful' });
    finish();
    expect(screen.text).to.equal('Warning: careful\n');
    expect(warnings).to.deep.equal(['careful']);
  });
});
