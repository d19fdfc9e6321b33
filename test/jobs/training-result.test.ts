import { expect } from 'chai';
import { describeTraining } from '../../src/jobs/training-result.js';

describe('the line at the end of a training', () => {
  it('tells file, updates, time, loss and memory', () => {
    const result = { file: 'runs/a.safetensors', updates: 50, seconds: 23.8, peakMemoryMB: 1956 };
    expect(describeTraining({ ...result, loss: 0.56 })).to.equal(
      'runs/a.safetensors: 50 updates in 24 s, loss 0.56, peak memory 1.96 GB',
    );
    expect(describeTraining({ ...result, loss: 0.001234 })).to.include(', loss 0.00123,');
    // the paper's loss is a sum over all pixels
    expect(describeTraining({ ...result, loss: 29_879.17 })).to.include(', loss 29900,');
  });
});
