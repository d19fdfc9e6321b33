import { expect } from 'chai';
import { resolveFrameKey, resolveRange } from '../../src/clips/frame-keys.js';
import { failureOf } from './test-pictures.js';

describe('resolveFrameKey', () => {
  const shot = ['shot_a_0001', 'shot_a_0012', 'shot_a_0120'];

  it('takes a whole name', () => {
    expect(resolveFrameKey(shot, 'shot_a_0012')).to.equal(1);
  });

  it('takes a bare number as the trailing number, with or without zeros', () => {
    expect(resolveFrameKey(shot, '12')).to.equal(1);
    expect(resolveFrameKey(shot, '0120')).to.equal(2);
    expect(resolveFrameKey(['00000', '00001'], '0')).to.equal(0);
  });

  it('prefers a name over a number', () => {
    expect(resolveFrameKey(['00007', '7'], '7')).to.equal(1);
  });

  it('takes numbers longer than a double holds', () => {
    expect(resolveFrameKey(['9007199254740993', '9007199254740992'], '9007199254740992')).to.equal(1);
  });

  it('names the first and last key where none fits', async () => {
    const error = await failureOf(() => resolveFrameKey(shot, '2'));
    expect(error).to.include({ code: 'unknown-frame', exit: 2 });
    expect(error.message).to.contain('frame 2').and.to.contain('first shot_a_0001, last shot_a_0120');
  });

  it('names the candidates where a number fits several frames', async () => {
    const error = await failureOf(() => resolveFrameKey(['a_1', 'b_1', 'b_2'], '1'));
    expect(error).to.include({ code: 'unknown-frame' });
    expect(error.message).to.contain('2 frames have the number 1').and.to.contain('a_1, b_1');
  });
});

describe('resolveRange', () => {
  it('includes both ends, and is the whole clip without any', () => {
    expect(resolveRange(['0', '1', '2', '3'], { from: '1', to: '2' })).to.deep.equal({ first: 1, last: 2 });
    expect(resolveRange(['0', '1', '2', '3'], {})).to.deep.equal({ first: 0, last: 3 });
  });

  it('refuses ends the wrong way round', async () => {
    const error = await failureOf(() => resolveRange(['0', '1'], { from: '1', to: '0' }));
    expect(error).to.include({ code: 'usage', exit: 2 });
  });
});
