import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { OsvosError } from '../../src/errors.js';
import type { EngineOptions } from '../../src/engine/engine.js';
import { explainEnd, runTrial, tryNative } from '../../src/engine/probe.js';
import { probeEngines } from '../../src/engine/probe-all.js';
import { describeEngine, startEngine } from '../../src/engine/start.js';
import { findNativePackage } from '../../src/engine/tensorflow/package.js';

/** Sum of a 3×3 box over ones: 9 inside the picture. */
async function convolve(): Promise<number[]> {
  const ones = tf.ones<tf.Rank.R4>([1, 4, 4, 1]);
  const result = tf.conv2d(ones, tf.ones<tf.Rank.R4>([3, 3, 1, 1]), 1, 'valid');
  return Array.from(await result.data());
}

async function refusal(options: EngineOptions): Promise<OsvosError> {
  const error: unknown = await startEngine(options).catch((thrown: unknown) => thrown);
  if (error instanceof OsvosError) return error;
  throw new Error(`no refusal but ${JSON.stringify(error)}`);
}

describe('starting an engine', () => {
  const installed = !('why' in findNativePackage());
  let folder: string;
  let cacheBefore: string | undefined;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'osvos-start-'));
    cacheBefore = process.env.OSVOS_CACHE_DIR;
    process.env.OSVOS_CACHE_DIR = folder;
  });
  afterEach(() => {
    if (cacheBefore === undefined) delete process.env.OSVOS_CACHE_DIR;
    else process.env.OSVOS_CACHE_DIR = cacheBefore;
    rmSync(folder, { recursive: true, force: true });
  });

  // the first of all, because the listeners would come with the first start only
  it('leaves no listener behind that would throw an uncaught error once more', async () => {
    const before = process.listenerCount('uncaughtException');
    await startEngine({ engine: 'wasm' });
    expect(process.listenerCount('uncaughtException')).to.equal(before);
  });

  for (const name of ['wasm', 'cpu'] as const) {
    it(`${name} computes, on one thread`, async () => {
      const engine = await startEngine({ engine: name });
      expect(describeEngine(engine)).to.match(
        new RegExp(`^engine ${name} 4\\.\\d+\\.\\d+ on cpu, 1 thread$`),
      );
      expect(engine.notes).to.deep.equal([]);
      expect(tf.getBackend()).to.equal(name);
      expect(await convolve()).to.deep.equal([9, 9, 9, 9]);
    });
  }

  it('says that wasm does not use the threads that were asked for', async () => {
    const { threads, notes } = await startEngine({ engine: 'wasm', threads: 4 });
    expect(threads).to.equal(1);
    expect(notes).to.deep.equal(['engine wasm runs on 1 thread, not on the 4 asked for']);
  });

  it('refuses a CUDA card for an engine that has none, with exit code 5', async () => {
    const { exit, message } = await refusal({ engine: 'wasm', device: 'cuda' });
    expect(exit).to.equal(5);
    expect(message).to.match(/the engine wasm cannot start: the device cuda was asked for.*--engine auto/);
  });

  it('prints nothing of TensorFlow.js’s own on the plain JavaScript engine', async () => {
    const written: unknown[] = [];
    const { warn } = console;
    console.warn = (...words: unknown[]) => written.push(...words);
    try {
      await startEngine({ engine: 'cpu' });
      await convolve();
    } finally {
      console.warn = warn;
    }
    expect(written).to.deep.equal([]);
  });

  it('remembers that TensorFlow passed its trial', async function () {
    if (!installed) {
      console.log('      the tensorflow engine is not installed: its trial is left out');
      this.skip();
    }
    this.timeout(60_000);
    expect(await tryNative('tensorflow')).to.deep.equal({ precision: 'f32', notes: [] });
    expect(readdirSync(path.join(folder, 'tried'))).to.have.length(1);
  });

  it('says so when the trial cannot be remembered', async function () {
    if (!installed) {
      console.log('      the tensorflow engine is not installed: its trial is left out');
      this.skip();
    }
    this.timeout(60_000);
    process.env.OSVOS_CACHE_DIR = path.join(folder, 'file');
    writeFileSync(path.join(folder, 'file'), '');
    const { notes: [note] } = await tryNative('tensorflow'); // prettier-ignore
    expect(note).to.match(/^each start will take a second longer.*file/);
  });

  it('tells of every engine, and leaves the running one in place', async function () {
    this.timeout(60_000);
    await startEngine({ engine: 'cpu' });
    const reports = await probeEngines();
    expect(reports.map(({ name }) => name)).to.deep.equal(['torch', 'tensorflow', 'webgpu', 'wasm', 'cpu']);
    expect(reports.slice(3).map(({ available }) => available)).to.deep.equal([true, true]);
    for (const { available, why, remedy } of reports)
      expect([why === null, remedy === null]).to.deep.equal([available, available]);
    expect(tf.getBackend()).to.equal('cpu');
  });
});

describe('a trial in a child process', function () {
  this.timeout(30_000);
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'osvos-trial-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const trial = (program: string, timeout?: number) => {
    const file = path.join(folder, 'program.mjs');
    writeFileSync(file, program);
    return runTrial(file, timeout);
  };

  it('survives a crash, and names the signal', async () => {
    const end = await trial("process.kill(process.pid, 'SIGILL'); setInterval(() => {}, 1000);");
    expect(explainEnd(end)).to.equal(
      'a trial in a child process crashed with SIGILL: the library needs a newer processor',
    );
  });

  it('gives the reason that the child wrote last', async () => {
    const end = await trial(
      "console.error('noise\\nlibtensorflow.so.2: no such file'); process.exitCode = 1;",
    );
    expect(explainEnd(end)).to.equal('libtensorflow.so.2: no such file');
  });

  it('ends a child that does not answer', async () => {
    const end = await trial('setInterval(() => {}, 1000);', 500);
    expect(explainEnd(end)).to.match(/no answer from a trial/);
  });

  it('hands over what the child found', async () => {
    const { code, message } = await trial("process.send({ device: 'cpu' }); process.disconnect();");
    expect([code, message]).to.deep.equal([0, { device: 'cpu' }]);
  });
});
