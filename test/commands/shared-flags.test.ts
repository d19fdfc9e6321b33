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

  it('read a shard from the scheduler of a cluster', () => {
    const slurm = { SLURM_ARRAY_TASK_ID: '12', SLURM_ARRAY_TASK_MIN: '10', SLURM_ARRAY_TASK_COUNT: '4' };
    expect(parseShard('auto', slurm)).to.deep.equal({ index: 3, count: 4 });
    const kubernetes = { JOB_COMPLETION_INDEX: '0', JOB_COMPLETIONS: '8' };
    expect(parseShard('auto', kubernetes)).to.deep.equal({ index: 1, count: 8 });
    // an array 1,3,7 has three tasks, whose numbers say nothing of parts
    const gaps = { ...slurm, SLURM_ARRAY_TASK_ID: '17' };
    for (const environment of [{}, gaps, { JOB_COMPLETION_INDEX: '0' }]) {
      expect(() => parseShard('auto', environment))
        .to.throw('no scheduler says which part this is')
        .with.property('exit', 2);
    }
  });

  it('read lists by commas', () => {
    expect(parseList('blackswan, libby,,')).to.deep.equal(['blackswan', 'libby']);
  });
});
