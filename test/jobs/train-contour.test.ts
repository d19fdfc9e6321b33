import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { syntheticDefaults } from '../../src/clips/synthetic/defaults.js';
import { writeSyntheticClip } from '../../src/clips/synthetic/write-synthetic-clip.js';
import { startEngine } from '../../src/engine/start.js';
import { trainContourJob, type TrainContourJob } from '../../src/jobs/train-contour.js';
import { loadContourNetwork } from '../../src/methods/contours/contour-network.js';
import { contourTrainingDefaults } from '../../src/methods/contours/defaults.js';
import { readSafetensors } from '../../src/weights/safetensors.js';
import { writeRandomTrunk } from '../end-to-end/random-trunk.js';

describe('jobs/train-contour', function () {
  this.timeout(120_000);
  let root: string;
  let base: string;

  /** Two photographs of a bright square on dark ground, whose left and right sides are marked. */
  async function writeBsds(folder: string): Promise<void> {
    const [width, height] = [60, 50];
    await mkdir(path.join(folder, 'images', 'train'), { recursive: true });
    await mkdir(path.join(folder, 'counts', 'train'), { recursive: true });
    let table = 'split,id,annotators,height,width\n';
    for (const [id, left] of [
      ['1', 15],
      ['2', 24],
    ] as const) {
      const grey = Uint8Array.from({ length: width * height }, (_, i) =>
        i % width > left && i % width <= left + 20 ? 220 : 40,
      );
      const counts = Uint8Array.from({ length: width * height }, (_, i) =>
        i % width === left || i % width === left + 20 ? 5 : 0,
      );
      const form = { raw: { width, height, channels: 1 as const } };
      await sharp(grey, form)
        .toColourspace('srgb')
        .jpeg()
        .toFile(path.join(folder, 'images', 'train', `${id}.jpg`));
      await sharp(counts, form)
        .png()
        .toFile(path.join(folder, 'counts', 'train', `${id}.png`));
      table += `train,${id},5,${height},${width}\n`;
    }
    await writeFile(path.join(folder, 'annotators.csv'), table);
  }

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'osvos-contour-'));
    await writeBsds(path.join(root, 'bsds'));
    await writeSyntheticClip(path.join(root, 'davis'), {
      ...syntheticDefaults,
      width: 96,
      height: 64,
      frames: 2,
    });
    base = path.join(root, 'trunk.safetensors');
    await writeRandomTrunk(base, 'vgg19-slim');
  });

  function job(out: string, changes: Partial<TrainContourJob> = {}): TrainContourJob {
    return {
      ...{ trunk: 'vgg19-slim', base, out: path.join(root, out), force: false },
      bsds: { root: path.join(root, 'bsds'), splits: ['train'] },
      options: { ...contourTrainingDefaults, crop: 32, batch: 2, updates: 4, warmUp: 1 },
      startEngine: () => startEngine({ engine: 'wasm' }),
      report: () => undefined,
      ...changes,
    };
  }

  it('writes a network that can be loaded, a log and a record', async () => {
    const result = await trainContourJob(job('whole'));
    expect(result).to.include({
      updates: 4,
      file: path.join(root, 'whole', 'contour-vgg19-slim.safetensors'),
    });
    expect((await readSafetensors(result.file)).metadata).to.deep.equal({
      architecture: 'contour-vgg19-slim',
    });
    const { network, trunk } = await loadContourNetwork(result.file);
    expect(trunk).to.equal('vgg19-slim');
    expect(network.parameters.names().some((name) => name.startsWith('target.'))).to.equal(false);
    network.dispose();
    const record = JSON.parse(await readFile(path.join(root, 'whole', 'run.json'), 'utf8')) as object;
    expect(record).to.include({ command: 'train contour', status: 'finished', method: 'contours' });
    expect(record).to.have.nested.property('input.split', 'train');
  });

  it('learns: the loss falls by a third', async () => {
    const options = {
      ...contourTrainingDefaults,
      crop: 32,
      batch: 2,
      updates: 60,
      warmUp: 1,
      trunkRate: 1e-3,
      headRate: 3e-3,
    };
    await trainContourJob(job('learns', { options }));
    const lines = (await readFile(path.join(root, 'learns', 'log.csv'), 'utf8')).trim().split('\n').slice(1);
    const losses = lines.map((line) => Number(line.split(',')[2]));
    // the log has running means, which still hold the first updates
    expect(losses[losses.length - 1]).to.be.below((2 / 3) * losses[0]);
  });

  it('goes on after a stop with the very same numbers, outlines of masks included', async () => {
    const davis = { root: path.join(root, 'davis'), split: 'val' };
    const options = { ...job('').options, outlines: 0.5 };
    const whole = await trainContourJob(job('straight', { davis, options }));
    const stop = new AbortController();
    const stopped = await trainContourJob(
      job('stopped', {
        ...{ davis, options, signal: stop.signal },
        report: (event) => event.kind === 'step' && event.done === 2 && stop.abort(),
      }),
    ).catch((error: unknown) => error);
    expect(stopped).to.have.property('exit', 130);
    const resumed = await trainContourJob(job('stopped', { davis, options }));
    expect(await readFile(resumed.file)).to.deep.equal(await readFile(whole.file));
  });

  it('says what is missing to start from, or to learn from', async () => {
    const nothing = await trainContourJob(job('none', { base: undefined })).catch((e: unknown) => e);
    expect(nothing).to.have.property('message').that.contains('--base');
    const bsds = { root: path.join(root, 'bsds'), splits: ['val'] };
    const empty = await trainContourJob(job('empty', { bsds })).catch((e: unknown) => e);
    expect(empty).to.have.property('message').that.contains('no images of the split val');
    expect(empty).to.have.property('exit', 3);
  });
});
