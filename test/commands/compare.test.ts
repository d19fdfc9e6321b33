import { cp, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { syntheticDefaults } from '../../src/clips/synthetic/defaults.js';
import { writeSyntheticClip } from '../../src/clips/synthetic/write-synthetic-clip.js';
import type { Comparison } from '../../src/report/comparison.js';
import type { Evaluation } from '../../src/scores/evaluation.js';
import { formatScore } from '../../src/scores/tables.js';
import { writeColourNetwork } from '../methods/stm/colour-network.js';
import { runOsvos } from './run-osvos.js';

describe('osvos compare', function () {
  this.timeout(240_000);
  let root: string;
  let methods: string;
  let flags: string[];
  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'osvos-compare-'));
    const davis = path.join(root, 'davis');
    await writeSyntheticClip(davis, { ...syntheticDefaults, width: 96, height: 64, frames: 6 });
    const file = path.join(root, 'colours.safetensors');
    const weights = await writeColourNetwork(file, { trunk: 'resnet18', keys: 'image' });
    methods = ['stcn', 'stcn@no-kernel@memory=first'].map((name) => `${name}@weights=${weights}`).join();
    flags = ['--davis', davis, '--split', 'val', '--engine', 'wasm', '--out', path.join(root, 'out')];
  });

  it('runs each method in a process of its own, scores it as osvos evaluate does, and does nothing twice', async () => {
    const { exit, stdout, stderr } = await runOsvos('compare', ...flags, '--methods', methods, '--json');
    expect(exit, stderr).to.equal(0);
    const comparison = JSON.parse(stdout) as Comparison;
    expect(comparison).to.deep.equal(
      JSON.parse(await readFile(path.join(root, 'out', 'scores.json'), 'utf8')),
    );
    expect(comparison.methods.map(({ label }) => label)).to.deep.equal(methods.split(','));
    for (const { scores, folders, cost } of comparison.methods) {
      const folder = path.join(root, 'out', folders[0]);
      const evaluated = await runOsvos('evaluate', folder, ...flags.slice(0, 4), '--json');
      expect(scores).to.deep.equal((JSON.parse(evaluated.stdout) as Evaluation).global);
      expect(cost!.secondsPerSequence).to.be.above(cost!.secondsPerFrame!);
    }
    const mask = path.join(root, 'out', comparison.methods[0].folders[0], 'reef', '00003.png');
    const before = (await stat(mask)).mtimeMs;
    const again = await runOsvos('compare', ...flags, '--methods', methods, '--jobs', '2');
    expect(again.exit, again.stderr).to.equal(0);
    expect((await stat(mask)).mtimeMs).to.equal(before);
    expect(again.stdout).to.match(/^method +J&F-Mean .*\nstcn@weights/);
  });

  it('compares on a clip of one’s own: how far methods agree, and what they cost', async () => {
    const frames = path.join(root, 'davis', 'JPEGImages', '480p', 'reef');
    const mask = path.join(root, 'davis', 'Annotations', '480p', 'reef', '00000.png');
    const out = path.join(root, 'mine');
    const own = ['--mask', mask, '--methods', methods, '--engine', 'wasm', '--out', out];
    const { exit, stdout, stderr } = await runOsvos('compare', frames, ...own, '--json');
    expect(exit, stderr).to.equal(0);
    const { agreement, protocol, methods: found } = JSON.parse(stdout) as Comparison;
    expect(protocol).to.equal(null);
    expect([agreement![0][0], agreement![1][1]]).to.deep.equal([1, 1]);
    expect(agreement![0][1]).to.be.within(0, 0.999).and.to.equal(agreement![1][0]);
    expect(found.every(({ scores, cost }) => scores['J-Mean'] === null && cost!.peakMemoryMB > 50)).to.equal(
      true,
    );
    expect(await readFile(path.join(out, 'report.html'), 'utf8')).to.contain('Agreement');
    const table = (await readFile(path.join(out, 'table.md'), 'utf8')).split('\n');
    expect(table[0]).to.equal(
      `| agreement | ${methods.replace(',', ' | ')} | s/sequence | s/frame | peak MB |`,
    );
    expect(table[2]).to.contain(`| 1.000 | ${formatScore(agreement![0][1])} |`);
    expect(found[0].run!.command).to.match(
      /^osvos segment \S+reef --mask \S+ --method stcn --weights=\S+ --seed=1$/,
    );
    const both = await runOsvos('compare', frames, ...flags, ...own);
    expect(both.exit).to.equal(2);
  });

  it('gives the same numbers in two shards that are merged', async () => {
    const davis = path.join(root, 'davis');
    for (const kind of ['JPEGImages', 'Annotations']) {
      const folder = path.join(davis, kind, '480p');
      await cp(path.join(folder, 'reef'), path.join(folder, 'shore'), { recursive: true });
    }
    await writeFile(path.join(davis, 'ImageSets', '2016', 'both.txt'), 'reef\nshore\n');
    const [method] = methods.split(',');
    const compare = async (name: string, ...more: string[]) => {
      const own = ['--davis', davis, '--split', 'both', '--engine', 'wasm', '--methods', method];
      const outcome = await runOsvos('compare', ...own, '--out', path.join(root, name), ...more, '--json');
      expect(outcome.exit, outcome.stderr).to.equal(0);
      return JSON.parse(outcome.stdout) as Comparison;
    };
    const first = await compare('shard-1', '--shard', '1/2');
    expect(first.sequences.map(({ name }) => name)).to.deep.equal(['reef']);
    await compare('shard-2', '--shard', '2/2');
    const mask = path.join('masks', first.methods[0].folders[0].slice('masks/'.length), 'reef', '00002.png');
    const shards = ['--merge', path.join(root, 'shard-1'), '--merge', path.join(root, 'shard-2')];
    const merged = await compare('merged', ...shards);
    const whole = await compare('whole');
    expect(merged.sequences).to.deep.equal(whole.sequences);
    expect(merged.methods[0].objects).to.deep.equal(whole.methods[0].objects);
    expect(merged.methods[0].scores).to.deep.equal(whole.methods[0].scores);
    expect(await readFile(path.join(root, 'merged', mask))).to.deep.equal(
      await readFile(path.join(root, 'whole', mask)),
    );
    const nothing = await runOsvos(
      'compare',
      ...flags,
      '--methods',
      method,
      '--merge',
      path.join(root, 'none'),
    );
    expect([nothing.exit, /no comparison is there: .*none/.test(nothing.stderr)]).to.deep.equal([3, true]);
  });

  it('gives each sequence the annotation of its worst frame, round after round', async () => {
    const [method] = methods.split(',');
    const out = path.join(root, 'refined');
    const own = [...flags.slice(0, -1), out, '--methods', method, '--annotations-per-sequence', '1,3'];
    const { exit, stdout, stderr } = await runOsvos('compare', ...own, '--json');
    expect(exit, stderr).to.equal(0);
    const { methods: found, sequences } = JSON.parse(stdout) as Comparison;
    expect(found.map(({ label }) => label)).to.deep.equal([method, `${method}@annotations=3`]);
    const worst = ({ objects }: Comparison['methods'][number]) => {
      const { J } = objects.reef_1;
      return sequences[0].scored[J.indexOf(Math.min(...J))];
    };
    const { reef } = found[1].annotated!;
    expect(reef).to.have.length(2);
    expect(reef[0]).to.equal(worst(found[0]));
    const folder = path.join(out, found[1].folders[0]);
    const record = JSON.parse(await readFile(path.join(folder, 'reef', 'run.json'), 'utf8')) as {
      annotations: { frame: string }[];
    };
    expect(record.annotations.map(({ frame }) => frame).sort()).to.deep.equal(['00000', ...reef].sort());
    for (const frame of reef) {
      const at = sequences[0].scored.indexOf(frame);
      expect(Object.values(found[1].objects).map(({ J }) => J[at])).to.deep.equal(
        Object.values(found[1].objects).map(() => 1),
      );
    }
    expect(await readFile(path.join(out, 'report.html'), 'utf8')).to.contain('frames never annotated');
    for (const chart of ['annotations.svg', 'time-accuracy.svg'])
      expect((await sharp(path.join(out, chart)).metadata()).width).to.equal(680);
  });

  it('goes on with the others where one fails, and says which', async () => {
    const { exit, stderr } = await runOsvos(
      'compare',
      ...flags,
      '--methods',
      `stm@weights=nowhere,${methods}`,
    );
    expect(exit).to.equal(4);
    expect(stderr).to.match(/1 of 3 runs failed: stm@weights=nowhere \(.*nowhere/);
  });

  it('refuses what makes no comparison', async () => {
    const twice = await runOsvos('compare', ...flags, '--methods', 'stcn,stcn');
    expect([twice.exit, twice.stderr]).to.deep.equal([
      2,
      'Error: a method is named twice: stcn: leave one out\n',
    ]);
    expect((await runOsvos('compare', '--methods', 'stcn')).stderr).to.match(/nothing to compare on/);
    expect((await runOsvos('compare', ...flags, '--methods', 'stcn', '--seeds', '1,1')).exit).to.equal(2);
    const none = await runOsvos(
      'compare',
      ...flags,
      '--methods',
      'stcn',
      '--annotations-per-sequence',
      '0,1',
    );
    expect([none.exit, /no list of whole numbers from 1/.test(none.stderr)]).to.deep.equal([2, true]);
  });
});
