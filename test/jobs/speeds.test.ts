import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import type { Engine } from '../../src/engine/engine.js';
import { defaultThreads } from '../../src/engine/threads.js';
import { lastEngine, rememberedSpeeds, rememberSpeeds, secondsOf } from '../../src/jobs/speeds.js';
import { temporaryFolder } from './small-clip.js';

const engine: Engine = { name: 'tensorflow', device: 'cpu', threads: 2, version: '2.21.0', precision: 'f32' };
const speed = { forward: 100, backward: 50, moved: 10 };
const speeds = { learning: speed, segmenting: speed, source: 'measured now' as const };

describe('speeds of former runs', () => {
  let file: string;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    const temporary = await temporaryFolder();
    remove = temporary.remove;
    file = path.join(temporary.folder, 'cache', 'speeds.json');
  });
  afterEach(() => remove());

  it('make the next estimate what the run took', async () => {
    const work = { forward: 500, backward: 100, moved: 30 };
    const foretold = secondsOf(work, speed);
    expect(foretold).to.equal(10);
    await rememberSpeeds(engine, { speeds, learning: foretold / 40 }, file);
    const { learning, segmenting } = await rememberedSpeeds(engine, file);
    expect(secondsOf(work, learning!)).to.equal(40);
    expect(segmenting).to.equal(undefined);
    await rememberSpeeds(engine, { speeds, segmenting: 2 }, file);
    const both = await rememberedSpeeds(engine, file);
    expect(both.learning).to.deep.equal(learning);
    expect(both.segmenting).to.deep.equal({ forward: 200, backward: 100, moved: 20 });
  });

  it('belong to an engine, its version, device and threads', async () => {
    await rememberSpeeds(engine, { speeds, learning: 1, segmenting: 1 }, file);
    for (const other of [
      { threads: 1 },
      { version: '2.20.0' },
      { precision: 'bf16' as const },
      { device: 'cuda' as const },
    ])
      expect(await rememberedSpeeds({ ...engine, ...other }, file)).to.deep.equal({});
  });

  it('tell which engine the next run will have, if it was asked for the same', async () => {
    const wasm: Engine = { name: 'wasm', device: 'cpu', threads: 1, version: '4', precision: 'f32' };
    expect(await lastEngine({ engine: 'auto', threads: 2 }, file)).to.equal(undefined);
    await rememberSpeeds(wasm, { speeds, learning: 1 }, file);
    await rememberSpeeds(engine, { speeds, learning: 1 }, file);
    expect(await lastEngine({ engine: 'auto', threads: 2 }, file)).to.deep.equal(engine);
    expect(await lastEngine({ engine: 'wasm', threads: 2 }, file)).to.deep.equal(wasm);
    expect(await lastEngine({ engine: 'tensorflow', threads: 1 }, file)).to.equal(undefined);
    expect(await lastEngine({ engine: 'auto', threads: 2, device: 'cuda' }, file)).to.equal(undefined);
  });

  it('are not asked about engines that only another version has', async () => {
    await rememberSpeeds({ ...engine, name: 'quantum' as Engine['name'] }, { speeds, learning: 1 }, file);
    expect(await lastEngine({ engine: 'auto', threads: 2 }, file)).to.equal(undefined);
  });

  it('know that cards take one thread, whatever is asked for', async () => {
    const card: Engine = { name: 'webgpu', device: 'a card', threads: 1, version: '0.6', precision: 'f32' };
    await rememberSpeeds(card, { speeds, learning: 1 }, file);
    expect(await lastEngine({ engine: 'webgpu', threads: 2 }, file)).to.deep.equal(card);
  });

  it('tell of the usual threads where none are asked for, else of those that there were', async () => {
    const other = { ...engine, threads: defaultThreads() + 1 };
    await rememberSpeeds(other, { speeds, learning: 1 }, file);
    expect(await lastEngine({ engine: 'auto' }, file)).to.deep.equal(other);
    const usual = { ...engine, threads: defaultThreads() };
    await rememberSpeeds(usual, { speeds, learning: 1 }, file);
    await rememberSpeeds(other, { speeds, learning: 1 }, file);
    expect(await lastEngine({ engine: 'auto' }, file)).to.deep.equal(usual);
    expect(await lastEngine({ engine: 'auto', threads: other.threads }, file)).to.deep.equal(other);
  });

  it('are none in a file that is broken, which is then written anew', async () => {
    await rememberSpeeds(engine, { speeds, learning: 1 }, file);
    await writeFile(file, '[{');
    expect(await rememberedSpeeds(engine, file)).to.deep.equal({});
    await rememberSpeeds(engine, { speeds, learning: 1 }, file);
    expect((await rememberedSpeeds(engine, file)).learning).to.deep.equal(speed);
  });
});
