import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { machineTag, temporaryName } from '../../src/clips/atomic-file.js';
import { isTemporary, removeLeftovers } from '../../src/clips/leftover-files.js';

describe('temporary files of killed processes', () => {
  let folder: string;
  /** A process that is gone, and one that is not: the one that started this. */
  const gone = spawnSync(process.execPath, ['--version']).pid;
  const alive = process.ppid;

  beforeEach(async () => (folder = await mkdtemp(path.join(os.tmpdir(), 'osvos-leftovers-'))));
  afterEach(() => rm(folder, { recursive: true }));

  async function put(...names: string[]): Promise<void> {
    for (const name of names) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), 'half');
    }
  }

  it('are removed, and nothing else', async () => {
    const others = [
      '00001.png',
      'my.tmp',
      'notes.2024-1.tmp',
      `report.docx.${gone}-1.tmp`,
      `00001.png.${gone}-1.tmp.bak`,
      `00002.png.${alive}-0.tmp`,
    ];
    await put(...others, `00001.png.${gone}-12.tmp`, `run.json.${gone}-0.tmp`, `reef.mp4.${gone}.tmp`);
    await put(`00003.png.${process.pid}-4.tmp`); // a number that was this process's in a former life
    await mkdir(path.join(folder, `.writable.${gone}-0.tmp`));
    await removeLeftovers(folder);
    expect((await readdir(folder)).sort()).to.deep.equal(others.sort());
  });

  it('only of one file where the folder is the user’s', async () => {
    await put(`cat.safetensors.${gone}-1.tmp`, `dog.safetensors.${gone}-1.tmp`);
    await removeLeftovers(folder, { of: path.join(folder, 'cat.safetensors') });
    expect(await readdir(folder)).to.deep.equal([`dog.safetensors.${gone}-1.tmp`]);
  });

  it('in the folders below only when asked', async () => {
    const file = path.join('learning-0', `object-1.safetensors.${gone}-1.tmp`);
    await put(file);
    await removeLeftovers(folder);
    expect(await readdir(path.join(folder, 'learning-0'))).to.have.length(1);
    await removeLeftovers(folder, { deep: true });
    expect(await readdir(path.join(folder, 'learning-0'))).to.deep.equal([]);
  });

  it('of another machine are removed once nobody can be at work on them', async () => {
    const other = machineTag === 'h0a1b2c' ? 'h0a1b2d' : 'h0a1b2c';
    // its processes have numbers of their own: one that runs here says nothing, nor does one that does not
    const [young, old] = [`run.json.${gone}-0-${other}.tmp`, `run.json.${alive}-1-${other}.tmp`];
    const here = [`run.json.${gone}-2-${machineTag}.tmp`, `run.json.${alive}-3-${machineTag}.tmp`];
    await put(young, old, ...here);
    const anHourAgo = new Date(Date.now() - 3_600_000);
    await utimes(path.join(folder, old), anHourAgo, anHourAgo);
    await removeLeftovers(folder);
    expect((await readdir(folder)).sort()).to.deep.equal([young, here[1]].sort());
  });

  it('have names that tell process and machine', () => {
    const [first, second] = [temporaryName('run.json'), temporaryName('run.json')];
    expect(first)
      .to.match(new RegExp(`^run\\.json\\.${process.pid}-\\d+-h[\\da-f]{6}\\.tmp$`))
      .and.not.to.equal(second);
    expect(isTemporary(first)).to.equal(true);
  });

  it('need no folder', () => removeLeftovers(path.join(folder, 'not there')));
});
