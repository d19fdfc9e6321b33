import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { segmentDataSet, type DataSetRecord, type Shard } from '../../src/jobs/segment-data-set.js';
import type { SegmentSettings } from '../../src/jobs/segment-options.js';
import type { FakeBehaviour, FakeOptions } from './fake-method.js';
import { errorOf, fakeOptions, fakeServices, plainSettings, stoppingTrace } from './run-fake.js';
import { digests, temporaryFolder, writeFrames, writeGreyMask } from './small-clip.js';

interface Call {
  sequences?: string[];
  shard?: Shard;
  options?: Partial<FakeOptions>;
  settings?: Partial<SegmentSettings>;
  behaviour?: FakeBehaviour;
  signal?: AbortSignal;
}

describe('segmenting a data set', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let root: string;
  let out: string;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    root = path.join(folder, 'DAVIS');
    out = path.join(folder, 'out');
    for (const sequence of ['ape', 'bee', 'cat']) {
      await writeFrames(path.join(root, 'JPEGImages', '480p', sequence), 4);
      for (const frame of ['00000', '00001']) {
        // annotations of later frames are truth: they must not be looked at
        const box = frame === '00000' ? [4, 8, 10, 12] : [0, 0, 40, 30];
        const file = path.join(root, 'Annotations', '480p', sequence, `${frame}.png`);
        await writeGreyMask(file, [[255, box[0], box[1], box[2], box[3]]]);
      }
    }
    await mkdir(path.join(root, 'ImageSets', '2016'), { recursive: true });
    await writeFile(path.join(root, 'ImageSets', '2016', 'val.txt'), 'ape\nbee\ncat\n');
  });
  afterEach(() => remove());

  function segment(call: Call = {}): Promise<DataSetRecord> {
    const { sequences, shard, options, settings, behaviour, signal } = call;
    const request = { root, split: 'val', sequences, shard, out };
    return segmentDataSet(
      { ...request, options: { ...fakeOptions, ...options }, settings: { ...plainSettings, ...settings } },
      fakeServices({ behaviour, signal }),
    );
  }

  it('gives each sequence a folder of masks with a record, beside the record of all', async () => {
    const record = await segment();
    expect((await readdir(out)).sort()).to.deep.equal(['ape', 'bee', 'cat', 'run.json']);
    expect((await readdir(path.join(out, 'bee'))).sort()).to.deep.equal([
      '00000.png',
      '00001.png',
      '00002.png',
      '00003.png',
      'run.json',
    ]);
    expect(record.sequences.map(({ name, frames, status }) => [name, frames, status])).to.deep.equal([
      ['ape', 4, 'finished'],
      ['bee', 4, 'finished'],
      ['cat', 4, 'finished'],
    ]);
    expect(record.status).to.equal('finished');
  });

  it('learns from the first annotation only', async () => {
    await segment({ sequences: ['ape'] });
    const record = JSON.parse(await readFile(path.join(out, 'ape', 'run.json'), 'utf8')) as {
      frames: { areas: number[] }[];
    };
    expect(record.frames.map(({ areas }) => areas[0])).to.deep.equal([120, 120, 120, 120]);
  });

  it('starts the engine once', async () => {
    let starts = 0;
    const services = fakeServices({});
    const startEngine = async () => {
      starts++;
      return services.startEngine();
    };
    const request = { root, split: 'val', out, options: fakeOptions, settings: plainSettings };
    await segmentDataSet(request, { ...services, startEngine: once(startEngine) });
    expect(starts).to.equal(1);
  });

  it('shares the sequences among shards that are counted from 1, into one folder', async () => {
    const first = await segment({ shard: { index: 1, count: 2 } });
    expect(first.sequences.map(({ name }) => name)).to.deep.equal(['ape', 'cat']);
    const second = await segment({ shard: { index: 2, count: 2 } });
    expect(second.sequences.map(({ name }) => name)).to.deep.equal(['ape', 'bee', 'cat']);
    expect(second.status).to.equal('finished');
  });

  it('refuses a shard that has no sequence', async () => {
    const error = await errorOf(segment({ shard: { index: 4, count: 4 } }));
    expect(error.exit).to.equal(2);
    expect(error.message).to.equal('no sequence is left for shard 4/4: there are 3 sequences');
  });

  it('puts overlays, probabilities and networks beside the sequences', async () => {
    await segment({
      sequences: ['bee'],
      settings: { overlays: true, saveProbabilities: true, saveNetwork: true },
    });
    expect(await readdir(path.join(out, 'overlays', 'bee'))).to.have.length(4);
    expect(await readdir(path.join(out, 'probabilities', 'bee'))).to.include('00003-1.png');
    expect(await readdir(path.join(out, 'networks'))).to.deep.equal(['bee.safetensors']);
  });

  it('goes on at the sequence and frame where it stopped, with the same bytes', async () => {
    await segment();
    const whole = await Promise.all(['ape', 'bee', 'cat'].map((name) => digests(path.join(out, name))));
    await rename(out, path.join(folder, 'whole'));

    const controller = new AbortController();
    // in the second sequence, before its last frame
    const trace = stoppingTrace(
      controller,
      (lines) => lines.filter((line) => line === 'frame 2').length === 2,
    );
    const error = await errorOf(segment({ behaviour: { trace }, signal: controller.signal }));
    expect(error.exit).to.equal(130);
    const stopped = JSON.parse(await readFile(path.join(out, 'run.json'), 'utf8')) as DataSetRecord;
    expect(stopped.status).to.equal('interrupted');
    expect(stopped.sequences.map(({ status }) => status)).to.deep.equal(['finished', 'interrupted']);

    const again: string[] = [];
    await segment({ behaviour: { trace: again } });
    expect(again.filter((line) => line === 'step 0')).to.have.length(1); // only the third sequence is learnt anew
    expect(
      await Promise.all(['ape', 'bee', 'cat'].map((name) => digests(path.join(out, name)))),
    ).to.deep.equal(whole);
  });

  it('refuses a folder of another run, and one with foreign files', async () => {
    await segment({ sequences: ['ape'] });
    const error = await errorOf(segment({ options: { iterations: 3 } }));
    expect(error.code).to.equal('record-differs');
    expect(error.message).to.contain('options.iterations: 12, now 3');
    out = path.join(folder, 'foreign');
    await writeGreyMask(path.join(out, 'mine.png'), []);
    expect((await errorOf(segment())).code).to.equal('output-exists');
  });

  it('counts with force only the sequences of the new run', async () => {
    await segment();
    const record = await segment({ sequences: ['bee'], options: { seed: 2 }, settings: { force: true } });
    expect(record.sequences.map(({ name }) => name)).to.deep.equal(['bee']);
  });

  it('names the sequences that there are when it is asked for another', async () => {
    const error = await errorOf(segment({ sequences: ['dog'] }));
    expect(error.exit).to.equal(3);
    expect(error.message).to.contain('dog').and.to.contain('ape, bee, cat');
  });
});

/** As the real services start their engine. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}
