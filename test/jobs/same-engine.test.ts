import { expect } from 'chai';
import type { Engine } from '../../src/engine/engine.js';
import { goOnWith, refuseOtherEngine, usedEngine } from '../../src/jobs/same-engine.js';

const torch: Engine = { name: 'torch', device: 'cpu', threads: 3, version: '2', precision: 'bf16' };

describe('a run that goes on', () => {
  it('takes what it had where nothing is asked for', () => {
    const before = { engine: 'torch', device: 'cpu', precision: 'bf16', threads: 3 };
    for (const asked of [
      { engine: 'auto' },
      { engine: 'auto', device: 'auto', precision: 'auto' },
      { engine: 'torch' },
    ] as const) {
      expect(goOnWith(asked, usedEngine(torch))).to.deep.equal(before);
    }
  });

  it('keeps to what is asked for by name', () => {
    expect(goOnWith({ engine: 'auto', precision: 'f32', threads: 1 }, usedEngine(torch))).to.deep.equal({
      ...{ engine: 'torch', device: 'cpu', precision: 'f32', threads: 1 },
    });
    expect(goOnWith({ engine: 'wasm' }, usedEngine(torch))).to.deep.equal({ engine: 'wasm' });
  });

  it('is free where there was none, or its record does not tell', () => {
    expect(goOnWith({ engine: 'auto' })).to.deep.equal({ engine: 'auto' });
    expect(goOnWith({ engine: 'auto' }, {})).to.deep.equal({ engine: 'auto' });
    const old = { engine: { name: 'tensorflow', device: 'cpu' }, threads: 2 };
    expect(goOnWith({ engine: 'auto' }, old).precision).to.equal('f32');
  });

  it('is refused another engine, device or precision, by name', () => {
    refuseOtherEngine(usedEngine(torch), torch, 'out');
    refuseOtherEngine(undefined, torch, 'out');
    refuseOtherEngine(usedEngine(torch), { ...torch, threads: 1 }, 'out');
    expect(() => refuseOtherEngine(usedEngine(torch), { ...torch, precision: 'f32', device: 'cuda' }, 'out'))
      .to.throw(/out/)
      .with.property('message')
      .that.contains('device: cpu, now cuda; precision: bf16, now f32');
  });
});
