import path from 'node:path';
import { expect } from 'chai';
import { keptFile } from '../../src/jobs/segment-learn.js';

describe('the name of a kept test network', () => {
  const nameOf = (frames: number[]) => path.basename(keptFile('checkpoints', frames));
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

  it('lists the frames that it learnt from', () => {
    expect(nameOf([0, 12])).to.equal('test-network-0-12.safetensors');
  });

  it('stays within what file systems take, and apart from others, however many they are', () => {
    expect(nameOf(upTo(80))).to.match(/^test-network-80-frames-[0-9a-f]{16}\.safetensors$/);
    expect(nameOf(upTo(80))).to.not.equal(nameOf([...upTo(79), 90]));
  });
});
