import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { chooseEngines, type ChoiceServices } from '../../src/engine/choose.js';
import type { DeviceName, EngineName, EngineOptions } from '../../src/engine/engine.js';
import type { MeasureOne } from '../../src/engine/measure.js';
import { fingerprintOf, keepMeasurements, readMeasurements } from '../../src/engine/measurements-file.js';
import type { Measurement } from '../../src/engine/measurement.js';
import { startEngine, type StartServices } from '../../src/engine/start.js';
import { useOwnCache } from './cache-folder.js';

/** Milliseconds by engine and the device that it takes, or why it cannot be measured. */
type Machine = Partial<Record<EngineName, Partial<Record<DeviceName, number>> | string>>;

const plain: Machine = { torch: { cpu: 210 }, tensorflow: { cpu: 340 } };

/** A machine with both native engines; `asked` and `told` grow. */
function servicesOf(machine: Machine, signal?: string) {
  const asked: string[] = [];
  const told: string[] = [];
  const measureOne: MeasureOne = async (name, { device = 'auto', threads = 2 }) => {
    asked.push(`${name} ${device}`);
    const times = machine[name] ?? 'not there';
    if (typeof times === 'string')
      return { name, asked: device, stepMs: null, why: times, passing: signal !== undefined };
    const taken = (device === 'auto' ? Object.keys(times)[0] : device) as DeviceName;
    const engine = { name, device: taken, threads, version: '1', precision: 'f32' as const };
    return { ...engine, asked: device, stepMs: times[taken]! };
  };
  const services: ChoiceServices = {
    installed: () => ['torch', 'tensorflow'],
    measureOne,
    tell: (text) => told.push(text),
  };
  return { services, asked, told };
}

const auto: EngineOptions = { engine: 'auto', threads: 2 };
const namesOf = (candidates: { name: EngineName }[]) => candidates.map(({ name }) => name);

describe('choosing the engine', () => {
  const cache = useOwnCache();

  it('takes the faster of two, and says so before and after', async () => {
    const { services, told } = servicesOf({ torch: { cpu: 2100 }, tensorflow: { cpu: 344 } });
    const { candidates, notes } = await chooseEngines(auto, services);
    expect(namesOf(candidates)).to.deep.equal(['tensorflow', 'torch', 'wasm', 'cpu']);
    expect(told).to.deep.equal(['measuring the engines, once on this machine: torch, tensorflow']);
    expect(notes).to.deep.equal(['engine tensorflow: 0.34 s a step, torch 2.1 s']);
  });

  it('measures once, and without a word takes the same the next time', async () => {
    await chooseEngines(auto, servicesOf({ torch: { cpu: 500 }, tensorflow: { cpu: 340 } }).services);
    const again = servicesOf(plain);
    const { candidates, notes } = await chooseEngines(auto, again.services);
    expect(namesOf(candidates)[0]).to.equal('tensorflow');
    expect([again.asked, again.told, notes]).to.deep.equal([[], [], []]);
  });

  it('measures again for other threads, another device or precision, and keeps what it knew', async () => {
    await chooseEngines(auto, servicesOf(plain).services);
    for (const other of [{ threads: 1 }, { device: 'cpu' }, { precision: 'f32' }] as const) {
      const { services, asked } = servicesOf(plain);
      await chooseEngines({ ...auto, ...other }, services);
      expect(asked, JSON.stringify(other)).to.have.length(2);
    }
    const { services, asked } = servicesOf(plain);
    await chooseEngines(auto, services);
    expect(asked).to.deep.equal([]);
  });

  for (const [what, machine, options, order] of [
    [
      'a card, and the processor beside it',
      { torch: { cuda: 12, cpu: 400 }, tensorflow: { cpu: 90 } },
      {},
      ['torch auto', 'tensorflow auto', 'torch cpu'],
    ],
    [
      'the processor where that was asked for',
      { torch: { cuda: 12, cpu: 400 }, tensorflow: { cuda: 11, cpu: 90 } },
      { device: 'cpu' },
      ['tensorflow cpu', 'torch cpu'],
    ],
    [
      'cards alone where they were asked for',
      { torch: { cuda: 12, cpu: 1 }, tensorflow: { cuda: 11, cpu: 1 } },
      { device: 'cuda' },
      ['tensorflow cuda', 'torch cuda'],
    ],
  ] as const) {
    it(`compares ${what}`, async () => {
      const { services } = servicesOf(machine);
      const { candidates } = await chooseEngines({ ...auto, ...options }, services);
      const native = candidates.filter(({ name }) => name === 'torch' || name === 'tensorflow');
      expect(native.map(({ name, device }) => `${name} ${device}`)).to.deep.equal(order);
    });
  }

  it('names the devices where there is a card', async () => {
    const { services } = servicesOf({ torch: { cuda: 12, cpu: 400 }, tensorflow: { cpu: 90 } });
    expect((await chooseEngines(auto, services)).notes).to.deep.equal([
      'engine torch on cuda: 0.012 s a step, tensorflow on cpu 0.09 s, torch on cpu 0.4 s',
    ]);
  });

  it('says at every start which engine could not be measured and why, and tries it after the others', async () => {
    const machine = { ...plain, torch: 'libc10.so: no such file' };
    for (const times of [2, 0]) {
      const { services, asked } = servicesOf(machine);
      const { candidates, notes } = await chooseEngines(auto, services);
      expect(asked).to.have.length(times);
      expect(namesOf(candidates)).to.deep.equal(['tensorflow', 'torch', 'wasm', 'cpu']);
      expect(notes.at(-1)).to.match(
        /^engine torch could not be measured: libc10\.so: no such file; .*setup\.mjs.*osvos doctor --measure/,
      );
    }
  });

  it('does not keep what was cut short', async () => {
    const first = servicesOf({ ...plain, torch: 'ended by SIGINT' }, 'SIGINT');
    await chooseEngines(auto, first.services);
    const { services, asked } = servicesOf(plain);
    await chooseEngines(auto, services);
    expect(asked).to.have.length(2);
  });

  it('says when others kept the cores busy meanwhile', async () => {
    const { services } = servicesOf(plain);
    const underLoad: MeasureOne = (name, options) =>
      services.measureOne!(name, { ...options, threads: name === 'torch' ? 1 : 2 });
    const { notes } = await chooseEngines(auto, { ...services, measureOne: underLoad });
    expect(notes[0]).to.match(/^engine torch: 0\.21 s .*while other programs kept the cores busy.*--measure/);
  });

  it('measures at each start where nothing can be kept, and says so', async () => {
    process.env.OSVOS_CACHE_DIR = path.join(cache.folder(), 'file');
    writeFileSync(path.join(cache.folder(), 'file'), '');
    for (let i = 0; i < 2; i++) {
      const { services, asked } = servicesOf(plain);
      const { notes } = await chooseEngines(auto, services);
      expect(notes[1]).to.match(/^engines will be measured at each start, as this cannot be kept: /);
      expect(asked).to.have.length(2);
    }
  });

  it('measures anew where the file is broken', async () => {
    for (const text of ['[{', '{}', '[null, 3, {"fingerprint": {}}]']) {
      writeFileSync(path.join(cache.folder(), 'engines.json'), text);
      const { services, asked } = servicesOf(plain);
      await chooseEngines(auto, services);
      expect(asked, text).to.have.length(2);
    }
  });

  for (const [what, options, installed] of [
    ['only one native engine is installed', auto, ['tensorflow']],
    ['no native engine is installed', auto, []],
    ['an engine is asked for by name', { ...auto, engine: 'tensorflow' }, ['torch', 'tensorflow']],
    ['only one engine has the precision', { ...auto, precision: 'bf16' }, ['torch', 'tensorflow']],
  ] as const) {
    it(`measures nothing where ${what}`, async () => {
      const { services, asked, told } = servicesOf(plain);
      const choice = await chooseEngines(options, { ...services, installed: () => [...installed] });
      expect([asked, told, choice.notes]).to.deep.equal([[], [], []]);
      if (options.engine !== 'auto') expect(namesOf(choice.candidates)).to.deep.equal([options.engine]);
    });
  }

  describe('a measured engine that does not start', () => {
    /** Starts all but those named. */
    const startAllBut = (failing: EngineName[]): StartServices['startOne'] =>
      async function start(name, { threads = 2, device }) {
        if (failing.includes(name)) throw new Error('out of memory');
        const taken = device === undefined || device === 'auto' ? 'cpu' : device;
        return { engine: { name, device: taken, threads, version: '1', precision: 'f32' }, notes: [] };
      };

    it('is passed over, in the order of speed and with a note', async () => {
      const { services } = servicesOf({ torch: { cpu: 500 }, tensorflow: { cpu: 340 } });
      await chooseEngines(auto, services);
      const engine = await startEngine(auto, { ...services, startOne: startAllBut(['tensorflow']) });
      expect(engine.name).to.equal('torch');
      expect(engine.notes).to.have.length(1);
      expect(engine.notes[0]).to.match(/^engine tensorflow is not used: out of memory; .*setup\.mjs/);
    });

    it('leaves its card for the processor', async () => {
      const { services } = servicesOf({ torch: { cuda: 12, cpu: 40 }, tensorflow: { cpu: 90 } });
      const cardLost: StartServices['startOne'] = async (name, options) =>
        startAllBut(name === 'torch' && options.device === 'auto' ? ['torch'] : [])(name, options);
      const engine = await startEngine(auto, { ...services, startOne: cardLost });
      expect([engine.name, engine.device]).to.deep.equal(['torch', 'cpu']);
      expect(engine.notes[1]).to.match(/^engine torch is not used: out of memory/);
    });

    it('is one of many in the error when none starts', async () => {
      const { services } = servicesOf(plain);
      const failing = startAllBut(['torch', 'tensorflow', 'wasm', 'cpu']);
      const error = await startEngine(auto, { ...services, startOne: failing }).catch((e: Error) => e);
      expect(error).to.be.instanceOf(Error).with.property('exit', 5);
      expect((error as Error).message).to.match(/no engine works here .*torch is not used.*cpu is not used/);
    });
  });
});

describe('what was measured', () => {
  const cache = useOwnCache();
  const fingerprint = fingerprintOf({ threads: 2 });
  const measurements: Measurement[] = [
    { name: 'torch', asked: 'auto', stepMs: null, why: 'no such file', passing: false },
  ];

  it('is known under the very same conditions only', async () => {
    await keepMeasurements(fingerprint, measurements);
    expect(await readMeasurements(fingerprint)).to.deep.equal(measurements);
    const keys = ['processor', 'cores', 'nvidia', 'arch', 'node', 'torch', 'tensorflow', 'threads', 'device'];
    expect(fingerprint).to.include.all.keys(...keys, 'precision', 'form');
    for (const key of Object.keys(fingerprint)) {
      expect(await readMeasurements({ ...fingerprint, [key]: 'other' }), key).to.equal(undefined);
    }
    expect(await readMeasurements({ ...fingerprint, more: 1 })).to.equal(undefined);
  });

  it('takes the place of what was measured before, and the oldest of too many goes', async () => {
    await keepMeasurements(fingerprint, []);
    await keepMeasurements(fingerprint, measurements);
    for (let threads = 3; threads < 22; threads++) await keepMeasurements({ ...fingerprint, threads }, []);
    expect(await readMeasurements(fingerprint)).to.deep.equal(measurements);
    await keepMeasurements({ ...fingerprint, threads: 22 }, []);
    expect(await readMeasurements(fingerprint)).to.equal(undefined);
    const file = path.join(cache.folder(), 'engines.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).to.have.length(20);
  });
});
