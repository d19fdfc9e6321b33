import { Errors } from '@oclif/core';
import { expect } from 'chai';
import { errorKinds, OsvosError, type ErrorCode } from '../../src/errors.js';
import { describeFailure, viewOf } from '../../src/terminal/exit.js';

const plain = { json: false, verbose: false };
const json = { json: true, verbose: false };

/** The table of exit codes in the README and the design: written down again, so that a change is noticed. */
const exits: Record<ErrorCode, number> = {
  usage: 2,
  'output-exists': 2,
  'record-differs': 2,
  'unknown-frame': 2,
  'clip-unreadable': 3,
  'frame-sizes': 3,
  'mask-unreadable': 3,
  'mask-size': 3,
  'mask-empty': 3,
  'too-many-ids': 3,
  'annotations-unreadable': 3,
  'data-set': 3,
  'results-incomplete': 3,
  'contour-map': 3,
  'weights-missing': 4,
  'weights-unfit': 4,
  engine: 5,
  memory: 5,
  'not-a-number': 6,
  'cannot-write': 7,
  interrupted: 130,
};

describe('errors on the terminal', () => {
  it('end with the exit code of their kind', () => {
    for (const code of Object.keys(errorKinds) as ErrorCode[]) {
      expect(describeFailure(new OsvosError(code, 'what'), plain).exit, code).to.equal(exits[code]);
    }
  });

  it('are one line of what, where and what to do, on stderr', () => {
    const error = new OsvosError(
      'mask-size',
      'the mask is 640×480,\n the frame 854×480',
      'first.png',
      'rescale it',
    );
    expect(describeFailure(error, plain)).to.deep.equal({
      exit: 3,
      stdout: '',
      stderr: 'Error: the mask is 640×480, the frame 854×480: first.png: rescale it\n',
    });
  });

  it('are an object on stdout under --json', () => {
    const failure = describeFailure(new OsvosError('mask-empty', 'no object', 'first.png'), json);
    expect(failure.stderr).to.equal('');
    expect(JSON.parse(failure.stdout)).to.deep.equal({
      error: {
        code: 'mask-empty',
        message: 'no object: first.png: Paint the object with a value other than 0.',
        exit: 3,
        what: 'no object',
        where: 'first.png',
        remedy: 'Paint the object with a value other than 0.',
      },
    });
  });

  it('show the stack and the cause with --verbose only', () => {
    const error = new OsvosError('cannot-write', 'no', 'x', 'y', { cause: new Error('disk full') });
    expect(describeFailure(error, plain).stderr).not.to.contain('exit.test');
    expect(describeFailure(error, { json: false, verbose: true }).stderr).to.match(
      /exit\.test[^]*caused by Error: disk full/,
    );
    const { error: shown } = JSON.parse(describeFailure(error, { json: true, verbose: true }).stdout) as {
      error: { stack: string };
    };
    expect(shown.stack).to.contain('exit.test');
  });

  it('ask to be reported, with exit code 1, when the program is at fault', () => {
    const failure = describeFailure(new TypeError('x is undefined'), plain);
    expect(failure.exit).to.equal(1);
    expect(failure.stderr).to.match(/^Bug: x is undefined: please report it, .*--verbose.*\n$/);
    expect(describeFailure('text', plain)).to.include({ exit: 1 });
  });

  it('of oclif about flags are 2 and one line', () => {
    const error = new Errors.CLIError(
      'The following errors occurred:\n  Missing a\n  Missing b\nSee more help with --help',
      { exit: 2 },
    );
    expect(describeFailure(error, plain)).to.deep.equal({
      exit: 2,
      stdout: '',
      stderr: 'Error: Missing a; Missing b: see --help\n',
    });
  });

  it('are silent for a closed pipe (0) and for a plain way out', () => {
    const pipe = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    expect(describeFailure(pipe, plain)).to.deep.equal({ exit: 0, stdout: '', stderr: '' });
    expect(describeFailure(new Errors.ExitError(2), json)).to.deep.equal({ exit: 2, stdout: '', stderr: '' });
  });

  it('look at the flags before a lone -- only', () => {
    expect(viewOf(['a', '--json', '-v'])).to.deep.equal({ json: true, verbose: true });
    expect(viewOf(['a', '--', '--json', '-v'])).to.deep.equal({ json: false, verbose: false });
  });
});
