import { mkdtemp, readdir, rm, writeFile, mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { runOsvos } from './run-osvos.js';

describe('osvos demo', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(os.tmpdir(), 'osvos demo Ö '))));
  afterEach(() => rm(folder, { recursive: true }));

  const refusals: [string, string[], RegExp][] = [
    ['four objects', ['--objects', '4'], /--objects.*3/],
    ['no object', ['--objects', '0'], /--objects/],
    ['two frames, of which none would be scored', ['--frames', '2'], /--frames/],
    ['a seed that is no whole number', ['--seed', '1.5'], /1\.5/],
    ['fewer than no iterations', ['--iterations', '-1'], /--iterations/],
    ['an unknown engine', ['--engine', 'abacus'], /abacus/],
    ['a sequence without a data set', ['--sequence', 'reef'], /--davis/],
    ['a number of objects for a data set', ['--davis', '.', '--objects', '2'], /--davis/],
  ];
  for (const [what, flags, message] of refusals) {
    it(`refuses ${what} with exit code 2, and writes nothing`, async () => {
      const out = path.join(folder, 'out');
      const { exit, stdout, stderr } = await runOsvos('demo', ...flags, '--out', out);
      expect([exit, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.match(message);
      expect(await readdir(folder)).to.deep.equal([]);
    });
  }

  it('refuses a folder that is no data set with exit code 3, naming what is missing', async () => {
    const { exit, stderr } = await runOsvos('demo', '--davis', folder, '--out', path.join(folder, 'out'));
    expect(exit).to.equal(3);
    expect(stderr).to.match(/JPEGImages/);
    const missing = await runOsvos(
      'demo',
      '--davis',
      path.join(folder, 'no such'),
      '--out',
      path.join(folder, 'out'),
    );
    expect(missing.exit).to.equal(3);
    expect(missing.stderr).to.match(/missing: .*no such/);
  });

  it('refuses to put its clip among files of other origin with exit code 2', async () => {
    await mkdir(path.join(folder, 'clip'));
    await writeFile(path.join(folder, 'clip', 'holiday.jpg'), 'mine');
    const { exit, stderr } = await runOsvos('demo', '--out', folder);
    expect(exit).to.equal(2);
    expect(stderr).to.match(/other files \(holiday\.jpg/);
  });

  it('refuses a parent network that is not there with exit code 4', async () => {
    const { exit, stderr } = await runOsvos(
      'demo',
      '--frames',
      '3',
      '--parent',
      'no-such-parent',
      '--out',
      folder,
    );
    expect(exit).to.equal(4);
    expect(stderr).to.match(/no-such-parent/);
  });

  it('tells in its help what the last line means', async () => {
    const { exit, stdout } = await runOsvos('demo', '--help');
    expect(exit).to.equal(0);
    expect(stdout).to.match(/J 0\.87 {2}F 0\.85 {2}seconds 143/);
  });
});
