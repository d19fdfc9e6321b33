import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { chooseEngines } from '../../../src/engine/choose.js';
import { hasOwnMemory } from '../../../src/engine/engine.js';
import { measureEngines } from '../../../src/engine/measure.js';
import { probeEngines } from '../../../src/engine/probe-all.js';
import { startOne } from '../../../src/engine/start-one.js';
import { describeEngine, startEngine } from '../../../src/engine/start.js';
import { isSoftware, nameAdapter } from '../../../src/engine/webgpu/adapter.js';
import { findWebgpuPackage } from '../../../src/engine/webgpu/package.js';
import { OsvosError } from '../../../src/errors.js';
import { useOwnCache } from '../cache-folder.js';
import { startOrSkip } from '../kernels/engines.js';

const card = {
  vendor: 'amd',
  architecture: 'rdna-3',
  device: 'amd-radeon-rx-7800-xt--radv-navi32-',
  description: 'radv: Mesa 24.2.8',
  isFallbackAdapter: false,
};

describe('adapters of webgpu', () => {
  it('are named with maker and driver, and marked where they compute on the processor', () => {
    const name = nameAdapter(card);
    expect(name).to.equal('amd-radeon-rx-7800-xt--radv-navi32 (amd rdna-3, radv: Mesa 24.2.8)');
    const software = nameAdapter({ ...card, isFallbackAdapter: true });
    expect(software).to.equal('amd-radeon-rx-7800-xt--radv-navi32 (amd rdna-3, radv: Mesa 24.2.8, software)');
    expect([name, software, 'cpu'].map(isSoftware)).to.deep.equal([false, true, false]);
    expect([name, software, 'cuda', 'cpu'].map(hasOwnMemory)).to.deep.equal([true, false, true, false]);
  });

  it('have a name where the driver tells none', () => {
    const nothing = { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: true };
    expect(nameAdapter(nothing)).to.equal('card (unnamed, software)');
  });
});

describe('engine webgpu among others', () => {
  useOwnCache();
  const namesOf = async (options: Parameters<typeof chooseEngines>[0], installed: 'webgpu'[]) =>
    (await chooseEngines(options, { installed: () => installed })).candidates.map(({ name }) => name);

  it('is tried by auto where it is installed beside a card, before wasm', async () => {
    expect(await namesOf({ engine: 'auto' }, ['webgpu'])).to.deep.equal(['torch', 'tensorflow', 'webgpu', 'wasm', 'cpu']); // prettier-ignore
    expect(await namesOf({ engine: 'auto' }, [])).to.not.include('webgpu');
    expect(await namesOf({ engine: 'auto', device: 'cpu' }, ['webgpu'])).to.not.include('webgpu');
    expect(await namesOf({ engine: 'webgpu' }, [])).to.deep.equal(['webgpu']);
  });

  it('takes its place by speed, and is measured once, as it has no processor to compute on', async () => {
    const asked: string[] = [];
    const { candidates, notes } = await chooseEngines(
      { engine: 'auto', threads: 2 },
      {
        installed: () => ['torch', 'webgpu'],
        measureOne: async (name, { device = 'auto', threads = 2 }) => {
          asked.push(`${name} ${device}`);
          const [taken, stepMs] = name === 'webgpu' ? [nameAdapter(card), 40] : ['cpu', 210];
          return { name, device: taken, asked: device, threads, version: '1', precision: 'f32', stepMs };
        },
      },
    );
    expect(asked).to.deep.equal(['torch auto', 'webgpu auto']);
    expect(candidates[0]).to.deep.equal({ name: 'webgpu', device: 'auto' });
    expect(notes).to.deep.equal([
      `engine webgpu on ${nameAdapter(card)}: 0.04 s a step, torch on cpu 0.21 s`,
    ]);
  });

  it('is refused with the way to its packages where they are not installed', async function () {
    if (!('why' in findWebgpuPackage())) {
      console.log('      skipped: the packages of webgpu are installed');
      this.skip();
    }
    const error: unknown = await startEngine({ engine: 'webgpu' }).catch((fault: unknown) => fault);
    expect(error).to.be.instanceOf(OsvosError).with.property('exit', 5);
    expect((error as Error).message).to.match(
      /webgpu cannot start: its packages are not.*setup\.mjs --engine webgpu/,
    );
  });

  it('is no package in a folder that has none', () => {
    expect(findWebgpuPackage('/nowhere')).to.deep.equal({ why: 'its packages are not installed' });
  });
});

describe('engine webgpu itself', function () {
  before(async function () {
    await startOrSkip(this, 'webgpu');
  });

  it('names the card it runs on', async () => {
    const engine = await startEngine({ engine: 'webgpu' });
    expect(describeEngine(engine)).to.match(/^engine webgpu \d\S+ on \S+ \(.+\), 1 thread$/);
    expect(engine.notes).to.deep.equal([]);
  });

  it('is told by doctor as it runs: on one thread, whatever others take', async () => {
    const reports = await probeEngines([], 2);
    const { device, threads } = await startEngine({ engine: 'webgpu' });
    expect(reports.find(({ name }) => name === 'webgpu')).to.include({ available: true, device, threads });
  });

  it('passes over a card that computes on the processor, unless it is asked for by name', async function () {
    const { engine } = await startOne('webgpu', { software: true });
    if (!isSoftware(engine.device)) {
      console.log('      skipped: the card computes by itself');
      this.skip();
    }
    const error: unknown = await startOne('webgpu', {}).catch((fault: unknown) => fault);
    expect(error).to.be.an('error');
    expect((error as Error).message).to.match(/^no graphics card answers but .*software\), which computes/);
    const [measured] = await measureEngines(['webgpu'], {});
    expect(measured).to.include({ name: 'webgpu', stepMs: null, passing: false });
  });

  it('refuses another device', async () => {
    const error: unknown = await startEngine({ engine: 'webgpu', device: 'cuda' }).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(OsvosError);
    expect((error as Error).message).to.match(/the device cuda was asked for and it runs on /);
  });

  it('adds more tensors than a card can bind at once', async () => {
    const made = Array.from({ length: 40 }, (_, i) => tf.fill([3], i));
    const before = tf.memory().numTensors;
    const sum = tf.addN(made);
    expect([...(await sum.data())]).to.deep.equal([780, 780, 780]);
    sum.dispose();
    expect(tf.memory().numTensors).to.equal(before);
    expect([...(await made[0].data())]).to.deep.equal([0, 0, 0]);
    tf.dispose(made);
  });

  it('lets a process end while the card is at work', async () => {
    const program = fileURLToPath(new URL('leave-at-work.ts', import.meta.url));
    // without care about every second one ends with a segmentation fault
    for (let run = 1; run <= 6; run++) {
      const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: 'ignore' });
      expect(await once(child, 'exit'), `run ${run}: code and signal`).to.deep.equal([0, null]);
    }
  });

  it('tells what to do instead of reading at once, which cards cannot', () => {
    const x = tf.add(tf.ones([2]), 1);
    expect(() => x.dataSync()).to.throw('a card’s numbers are read by `await tensor.data()` only');
    x.dispose();
  });
});
