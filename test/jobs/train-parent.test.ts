import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { writeSyntheticClip } from '../../src/clips/synthetic/write-synthetic-clip.js';
import { syntheticDefaults } from '../../src/clips/synthetic/defaults.js';
import { startEngine } from '../../src/engine/start.js';
import { defaultHoldOut } from '../../src/jobs/score-hold-out.js';
import { trainParentJob, type TrainParentJob } from '../../src/jobs/train-parent.js';
import { parentDefaults } from '../../src/methods/osvos/parent-defaults.js';
import { recipes } from '../../src/methods/osvos/parent-recipes.js';
import { readSafetensors } from '../../src/weights/safetensors.js';
import { writeRandomTrunk } from '../end-to-end/random-trunk.js';

describe('jobs/train-parent', function () {
  this.timeout(120_000);
  let root: string;
  let base: string;
  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'osvos-train-'));
    const clip = { ...syntheticDefaults, width: 96, height: 64, frames: 3 };
    await writeSyntheticClip(path.join(root, 'davis'), clip);
    base = path.join(root, 'trunk.safetensors');
    await writeRandomTrunk(base, 'vgg19-slim');
  });

  function job(out: string, changes: Partial<TrainParentJob> = {}): TrainParentJob {
    return {
      trunk: 'vgg19-slim',
      base,
      davis: { root: path.join(root, 'davis'), split: 'val' },
      out: path.join(root, out),
      force: false,
      options: { ...parentDefaults, size: 32, batch: 1, updates: 4, warmUp: 1 },
      startEngine: () => startEngine({ engine: 'wasm' }),
      report: () => undefined,
      ...changes,
    };
  }

  /** Trains until update `at`, as if somebody pressed Ctrl-C. */
  async function stopAt(at: number, stopped: TrainParentJob): Promise<unknown> {
    const stop = new AbortController();
    return trainParentJob({
      ...stopped,
      signal: stop.signal,
      report: (event) => event.kind === 'step' && event.done === at && stop.abort(),
    }).catch((error: unknown) => error);
  }

  it('writes a network in half precision, a log and a record', async () => {
    const result = await trainParentJob(job('whole'));
    expect(result.updates).to.equal(4);
    const { tensors, metadata } = await readSafetensors(result.file);
    expect(metadata).to.deep.equal({
      architecture: 'osvos-vgg19-slim',
      heads: parentDefaults.heads,
      crop: 'fixed',
    });
    expect([...tensors.values()].every(({ dtype }) => dtype === 'F16')).to.equal(true);
    const record = JSON.parse(await readFile(path.join(root, 'whole', 'run.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(record).to.include({ command: 'train parent', status: 'finished', seed: parentDefaults.seed });
    expect(await readFile(path.join(root, 'whole', 'log.csv'), 'utf8')).to.match(/^update,seconds,loss\n/);
  });

  it('trains by the paper’s recipe, whose rates are flat within a phase', async () => {
    const options = {
      ...recipes.paper,
      size: 32,
      updates: 4,
      accumulate: 2,
      trunkRate: 1e-4,
      headRate: 1e-4,
    };
    const result = await trainParentJob(job('paper', { options }));
    expect(result.updates).to.equal(4);
    const { metadata } = await readSafetensors(result.file);
    expect(metadata).to.include({ heads: 'side-outputs', crop: 'fixed' });
    const log = JSON.parse(await readFile(path.join(root, 'paper', 'run.json'), 'utf8')) as {
      options: Record<string, unknown>;
    };
    expect(log.options).to.include({ optimizer: 'sgd', loss: 'sum', course: 'phases', weightDecay: 2e-4 });
  });

  it('goes on after a stop with the very same numbers', async () => {
    const whole = await trainParentJob(job('straight'));
    expect(await stopAt(2, job('stopped'))).to.have.property('exit', 130);
    const resumed = await trainParentJob(job('stopped'));
    expect(await readFile(resumed.file)).to.deep.equal(await readFile(whole.file));
  });

  it('prints a finished training again without doing it again', async () => {
    const first = await trainParentJob(job('twice'));
    const startEngine = () => Promise.reject(new Error('nothing is to be computed'));
    expect(await trainParentJob(job('twice', { startEngine }))).to.deep.equal(first);
  });

  it('refuses a folder of another training, naming what differs, and takes it by force', async () => {
    await trainParentJob(job('other'));
    const options = { ...job('').options, seed: 2 };
    const failure = await trainParentJob(job('other', { options })).catch((error: unknown) => error);
    expect(failure).to.have.property('exit', 2);
    expect(failure)
      .to.have.property('message')
      .match(/seed: 1, now 2/);
    expect(await trainParentJob(job('other', { options, force: true }))).to.have.property('updates', 4);
  });

  it('averages accumulated batches: the same picture twice is one update', async () => {
    const options = { ...job('').options, accumulate: 2, updates: 2 };
    expect(await trainParentJob(job('accumulated', { options }))).to.have.property('updates', 2);
  });

  it('trains with the optimizer and rates of the released code too', async () => {
    const options = {
      ...job('').options,
      optimizer: 'sgd',
      loss: 'sum',
      trunkRate: 1e-8,
      headRate: 1e-8,
    } as const;
    expect((await trainParentJob(job('sgd', { options }))).loss).to.be.above(0);
  });

  it('keeps the last good checkpoint when the loss is no number', async () => {
    const broken = job('broken', { options: { ...job('').options, trunkRate: 1e30, headRate: 1e30 } });
    const failure = await trainParentJob(broken).catch((error: unknown) => error);
    expect(failure).to.have.property('exit', 6);
    const record = JSON.parse(await readFile(path.join(root, 'broken', 'run.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(record).to.have.property('status', 'failed');
  });

  it('says what is missing to start from, or to train on', async () => {
    const noBase = await trainParentJob(job('none', { base: undefined })).catch((error: unknown) => error);
    expect(noBase)
      .to.have.property('message')
      .match(/nothing to start from: name --base/);
    const noData = await trainParentJob(job('none', { davis: undefined })).catch((error: unknown) => error);
    expect(noData).to.have.property('exit', 2);
  });

  it('scores on train-hold-out where the data set has it and training left it out', async () => {
    const davis = path.join(root, 'davis');
    expect(defaultHoldOut(davis, 'val')).to.equal(undefined);
    await writeFile(path.join(davis, 'ImageSets', '2016', 'train-hold-out.txt'), 'reef\n');
    expect(defaultHoldOut(davis, 'val')).to.equal(undefined); // the same sequence: it would be no hold-out
  });

  it('goes on from a parent of the same heads only, and takes the trunk of any', async () => {
    const { file } = await trainParentJob(job('first'));
    const options = { ...job('').options, heads: 'side-outputs' } as const;
    const refused = await trainParentJob(job('other-heads', { init: file, base: undefined, options })).catch(
      (error: unknown) => error,
    );
    expect(refused)
      .to.have.property('message')
      .that.matches(/the parent has heads top-down, not side-outputs.*--base in place of --init/);
    expect(refused).to.have.property('exit', 4);
    expect((await trainParentJob(job('its-trunk', { base: file, options }))).updates).to.equal(4);
  });
});
