import { expect } from 'chai';
import { parseList, parseShard } from '../../src/commands/shared-flags.js';

describe('shared flags', () => {
  it('read a shard as part of a whole, counted from 1', () => {
    expect(parseShard('2/4')).to.deep.equal({ index: 2, count: 4 });
    for (const bad of ['0/4', '5/4', '1', 'a/b', '1/0', '-1/2', '1/2/3', '1.5/2']) {
      expect(() => parseShard(bad), bad)
        .to.throw(`--shard ${bad} is no part i/n: count from 1`)
        .with.property('exit', 2);
    }
  });

  it('read lists by commas', () => {
    expect(parseList('blackswan, libby,,')).to.deep.equal(['blackswan', 'libby']);
  });
});
