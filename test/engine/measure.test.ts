import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { measureInChild, readMeasurement } from '../../src/engine/measure.js';
import { isMeasured, type Measured } from '../../src/engine/measurement.js';
import { measureStep, timeSteps } from '../../src/engine/measured-step.js';
import { findNative, nativeEngines } from '../../src/engine/probe.js';
import { startEngine } from '../../src/engine/start.js';
import { useOwnCache } from './cache-folder.js';

describe('measuring an engine', function () {
  this.timeout(120_000);
  useOwnCache();

  it('takes a step that is possible, and leaves no tensor', async () => {
    await startEngine({ engine: 'wasm' });
    const before = tf.memory().numTensors;
    // 6·10⁹ multiply-adds: no processor needs less than some milliseconds
    expect(await measureStep(1)).to.be.within(5, 100_000);
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('goes on for as long as it is told, but for one step at least', async () => {
    const lasting = (milliseconds: number) => () =>
      new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
    expect(await timeSteps(lasting(30), 10)).to.have.length(1);
    expect((await timeSteps(lasting(5), 200)).length).to.be.within(2, 40);
    const [first, second, ...others] = await timeSteps(lasting(20), 10_000, 2);
    expect(others).to.deep.equal([]);
    for (const each of [first, second]) expect(each).to.be.within(19, 5000);
  });

  it('tells what a child process found, and leaves this one alone', async () => {
    await startEngine({ engine: 'cpu' });
    const measurement = await measureInChild('wasm', {});
    expect(isMeasured(measurement), JSON.stringify(measurement)).to.equal(true);
    const { stepMs, ...engine } = measurement as Measured;
    expect(engine).to.include({ name: 'wasm', asked: 'auto', device: 'cpu', threads: 1, precision: 'f32' });
    expect(stepMs).to.be.within(5, 100_000);
    expect(tf.getBackend()).to.equal('cpu');
  });

  it('tells why a child process could not', async () => {
    expect(await measureInChild('wasm', { device: 'cuda' })).to.deep.equal({
      name: 'wasm',
      asked: 'cuda',
      stepMs: null,
      why: 'the device cuda was asked for and it runs on cpu',
      passing: false,
    });
  });

  // webgpu runs on cards only
  for (const name of nativeEngines.filter((each) => each !== 'webgpu')) {
    it(`measures ${name} with the threads that are asked for`, async function () {
      const found = findNative(name);
      if ('why' in found) {
        console.log(`      skipped: ${found.why}`);
        this.skip();
      }
      const measurement = await measureInChild(name, { threads: 1, device: 'cpu' });
      expect(measurement).to.include({ name, asked: 'cpu', device: 'cpu', threads: 1 });
      expect(measurement.stepMs).to.be.within(5, 100_000);
    });
  }

  it('knows a fault from an end that came from outside', () => {
    const end = { code: null, lastWords: '' };
    const crash = readMeasurement('torch', 'auto', { ...end, signal: 'SIGILL' });
    expect(crash).to.include({ stepMs: null, passing: false });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'])
      expect(readMeasurement('torch', 'auto', { ...end, signal }), signal).to.include({ passing: true });
    const silent = readMeasurement('torch', 'auto', { code: 0, signal: null, lastWords: '' });
    expect(isMeasured(silent)).to.equal(false);
  });
});
