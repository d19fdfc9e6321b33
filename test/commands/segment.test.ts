import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { encode } from 'fast-png';
import { osvosThreshold, qualities } from '../../src/methods/osvos/defaults.js';
import { temporaryFolder, writeFrames, writeGreyMask } from '../jobs/small-clip.js';
import { writeTestNetwork } from '../jobs/test-network-file.js';
import { runOsvos, type Outcome } from './run-osvos.js';

/** The options of a plan in JSON. */
function optionsOf({ stdout }: Outcome): Record<string, unknown> {
  return (JSON.parse(stdout) as { options: Record<string, unknown> }).options;
}

/** Where no weights are needed to find the fault: the trunk's own, in any file. */
const anyWeights = (file: string) => ['--no-parent', '--base', file];

describe('osvos segment', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let clip: string;
  let mask: string;
  let out: string;
  let weights: string[];

  before(async () => {
    ({ folder, remove } = await temporaryFolder());
    clip = await writeFrames(path.join(folder, 'my clip'), 4);
    mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    out = path.join(folder, 'out');
    const file = path.join(folder, 'weights.safetensors');
    await writeFile(file, 'looked at only for its digest');
    weights = anyWeights(file);
  });
  after(() => remove());

  /** All of these must fail, and leave no trace. */
  async function refuse(...args: string[]): Promise<Outcome> {
    const outcome = await runOsvos('segment', ...args, '--out', out);
    expect(outcome.exit, outcome.stdout).to.not.equal(0);
    expect(existsSync(out), 'the output folder').to.be.false;
    return outcome;
  }

  describe('--dry-run', () => {
    it('says what would be done, and writes nothing', async () => {
      const { exit, stdout } = await runOsvos(
        'segment',
        clip,
        '--mask',
        mask,
        '--out',
        out,
        ...weights,
        '--dry-run',
      );
      expect(exit).to.equal(0);
      expect(stdout).to.contain('my clip: 4 frames, 00000 … 00003');
      expect(stdout).to.contain('48×32 frames, network sees 48×32');
      expect(stdout).to.contain('frame 00000; object 1');
      expect(stdout).to.contain('(new)');
      expect(existsSync(out)).to.be.false;
    });

    it('says what it would take, and what is too small to be followed', async () => {
      const args = ['segment', clip, '--mask', mask, '--out', out, ...weights, '--dry-run'];
      const plain = await runOsvos(...args);
      expect(plain.stdout).to.match(/^takes {4}about .*[GM]B of memory, .* of disk/m);
      expect(plain.stdout).to.match(/^warning {2}object 1 of frame 00000 is small.*use --roi auto$/m);
      const { stdout } = await runOsvos(...args, '--roi', 'auto', '--json');
      const plan = JSON.parse(stdout) as { options: object; estimate: object };
      expect(plan.options).to.have.property('roi', 'auto');
      expect(plan.estimate).to.have.property('memoryMB').above(200);
    });

    it('gives the plan as JSON', async () => {
      const { stdout } = await runOsvos(
        'segment',
        clip,
        '--mask',
        `2=${mask}`,
        '--from',
        '1',
        ...weights,
        '--dry-run',
        '--json',
      );
      const plan = JSON.parse(stdout) as Record<string, unknown>;
      expect(plan).to.include({
        dryRun: true,
        clip: 'my clip',
        first: '00001',
        last: '00003',
        frames: 3,
        state: 'new',
      });
      expect(plan.annotations).to.deep.equal(['00002']);
      expect(plan.out).to.equal(path.join('runs', 'my clip-osvos'));
    });

    it('uses a test network as it is, or learns further where that is asked for, and says which', async () => {
      const network = await writeTestNetwork(path.join(folder, 'cat.safetensors'), [1, 3]);
      const args = ['segment', clip, '--mask', `2=${mask}`, '--test-network', network, ...weights];
      const plain = await runOsvos(...args, '--dry-run', '--json');
      expect(plain.stderr).to.contain('masks are kept as given, not learnt from');
      expect(JSON.parse(plain.stdout)).to.deep.include({ objects: [1, 3] });
      expect(optionsOf(plain)).to.include({ iterations: 0 }).and.not.have.property('tuneTestNetwork');
      const tuned = await runOsvos(...args, '--iterations', '50', '--dry-run', '--json');
      expect(tuned.stderr).to.contain(`object 1: learns further from ${network}`);
      expect(tuned.stderr).to.contain(`object 3: in no mask, stays as it is in ${network}`);
      expect(optionsOf(tuned)).to.include({ iterations: 50, tuneTestNetwork: true });
      const budgeted = await runOsvos(...args, '--time-budget', '20', '--dry-run', '--json');
      expect(optionsOf(budgeted)).to.include({ timeBudget: 20, tuneTestNetwork: true });
    });

    it('lists the sequences of a data set, or of a shard of it', async () => {
      const root = path.join(folder, 'DAVIS');
      for (const sequence of ['ape', 'bee']) {
        await writeFrames(path.join(root, 'JPEGImages', '480p', sequence), 2);
        await writeGreyMask(path.join(root, 'Annotations', '480p', sequence, '00000.png'), [
          [255, 1, 1, 4, 4],
        ]);
      }
      await mkdir(path.join(root, 'ImageSets', '2016'), { recursive: true });
      await writeFile(path.join(root, 'ImageSets', '2016', 'val.txt'), 'ape\nbee\n');
      const args = [
        'segment',
        '--davis',
        root,
        '--split',
        'val',
        '--out',
        out,
        ...weights,
        '--dry-run',
        '--json',
      ];
      const all = JSON.parse((await runOsvos(...args)).stdout) as { clip: string; out: string }[];
      expect(all.map((plan) => plan.out)).to.deep.equal([path.join(out, 'ape'), path.join(out, 'bee')]);
      const shard = JSON.parse((await runOsvos(...args, '--shard', '2/2')).stdout) as { clip: string }[];
      expect(shard.map((plan) => plan.clip)).to.deep.equal(['bee']);
    });
  });

  describe('refuses, without writing anything,', () => {
    it('no arguments at all', async () => {
      const { exit, stderr } = await runOsvos('segment');
      expect(exit).to.equal(2);
      expect(stderr).to.contain('no clip given').and.to.contain('osvos segment CLIP --mask first.png');
    });

    it('a clip without mask, showing the command to write', async () => {
      const { exit, stderr } = await refuse(clip, ...weights);
      expect(exit).to.equal(2);
      expect(stderr).to.contain(`osvos segment '${clip}' --mask first.png`);
      expect(stderr).to.contain('frame 00000').and.to.contain('48×32');
    });

    it('a clip that is not there', async () => {
      const { exit, stderr } = await refuse(path.join(folder, 'nowhere'), '--mask', mask, ...weights);
      expect(exit).to.equal(3);
      expect(stderr).to.contain(path.join(folder, 'nowhere'));
    });

    it('to look at a memory of a method that has none, and what is neither region nor pixel', async () => {
      const given = [clip, '--mask', mask, ...weights];
      const none = await refuse(...given, '--viz-memory', 'region');
      expect(none.exit).to.equal(2);
      expect(none.stderr).to.contain(
        'osvos has no memory to look at: --viz-memory region: choose a --method',
      );
      const neither = await refuse(...given, '--viz-memory', 'left');
      expect(neither.exit).to.equal(2);
      expect(neither.stderr).to.contain('neither region nor a pixel: --viz-memory left');
      const planned = await refuse(...given, '--viz-memory', '3,4', '--dry-run');
      expect(planned.exit).to.equal(2);
    });

    it('an empty folder', async () => {
      await mkdir(path.join(folder, 'empty'), { recursive: true });
      const { exit, stderr } = await refuse(path.join(folder, 'empty'), '--mask', mask, ...weights);
      expect(exit).to.equal(3);
      expect(stderr).to.contain(path.join(folder, 'empty'));
    });

    it('frames of different sizes', async () => {
      const mixed = await writeFrames(path.join(folder, 'mixed'), 2);
      const data = new Uint8Array(20 * 10 * 3);
      await writeFile(
        path.join(mixed, '00002.png'),
        encode({ width: 20, height: 10, data, channels: 3, depth: 8 }),
      );
      const { exit, stderr } = await refuse(mixed, '--mask', mask, ...weights);
      expect(exit).to.equal(3);
      expect(stderr).to.contain('20×10').and.to.contain('00002');
    });

    it('a mask that is not there', async () => {
      const { exit, stderr } = await refuse(clip, '--mask', path.join(folder, 'no.png'), ...weights);
      expect(exit).to.equal(3);
      expect(stderr).to.contain('no.png');
    });

    it('a mask of another size, naming both', async () => {
      const other = await writeGreyMask(path.join(folder, 'other.png'), [[1, 4, 8, 10, 12]], 50, 40);
      const { exit, stderr } = await refuse(clip, '--mask', other, ...weights);
      expect(exit).to.equal(3);
      expect(stderr).to.contain('50×40').and.to.contain('48×32').and.to.contain('other.png');
    });

    it('a mask of another aspect even with --fit-mask', async () => {
      const wide = await writeGreyMask(path.join(folder, 'wide.png'), [[1, 4, 8, 10, 12]], 96, 32);
      const { exit } = await refuse(clip, '--mask', wide, '--fit-mask', ...weights);
      expect(exit).to.equal(3);
    });

    it('an empty mask', async () => {
      const empty = await writeGreyMask(path.join(folder, 'empty.png'), []);
      const { exit, stderr } = await refuse(clip, '--mask', empty, ...weights);
      expect(exit).to.equal(3);
      expect(stderr).to.contain('empty.png').and.to.contain('no object');
    });

    it('a frame key without frame, naming the first and the last', async () => {
      const { exit, stderr } = await refuse(clip, '--mask', `99=${mask}`, ...weights);
      expect(exit).to.equal(2);
      expect(stderr).to.contain('99').and.to.contain('00000').and.to.contain('00003');
    });

    it('a mask outside of --from and --to', async () => {
      const { exit, stderr } = await refuse(clip, '--from', '2', '--mask', `0=${mask}`, ...weights);
      expect(exit).to.equal(2);
      expect(stderr).to.contain('outside of 00002 … 00003');
    });

    it('--from after --to', async () => {
      expect((await refuse(clip, '--from', '3', '--to', '1', '--mask', mask, ...weights)).exit).to.equal(2);
    });

    it('two masks without a frame', async () => {
      const { exit, stderr } = await refuse(clip, '--mask', mask, '--mask', mask, ...weights);
      expect(exit).to.equal(2);
      expect(stderr).to.contain('--mask 30=');
    });

    it('two masks of one frame', async () => {
      const { exit, stderr } = await refuse(clip, '--mask', mask, '--mask', `0=${mask}`, ...weights);
      expect(exit).to.equal(2);
      expect(stderr).to.contain('2 masks for one frame').and.to.contain('00000');
    });

    it('a mask flag without file', async () => {
      expect((await refuse(clip, '--mask', '3=', ...weights)).exit).to.equal(2);
    });

    it('objects that no mask has', async () => {
      const { exit, stderr } = await refuse(clip, '--mask', mask, '--objects', '1,3', ...weights);
      expect(exit).to.equal(2);
      expect(stderr).to.contain('object 3').and.to.contain('there are 1');
    });

    it('objects that are no ids', async () => {
      expect((await refuse(clip, '--mask', mask, '--objects', 'cat', ...weights)).exit).to.equal(2);
    });

    it('a threshold outside of 0 … 1', async () => {
      const { exit, stderr } = await refuse(clip, '--mask', mask, '--threshold', '80', ...weights);
      expect(exit).to.equal(2);
      expect(stderr).to.contain('--threshold 80');
    });

    it('weights that are not there', async () => {
      const { exit, stderr } = await refuse(clip, '--mask', mask, '--parent', 'no-such-parent');
      expect(exit).to.equal(4);
      expect(stderr).to.contain('no-such-parent');
    });

    it('a test network that is none', async () => {
      const [, , file] = weights;
      const { exit, stderr } = await refuse(clip, '--test-network', file);
      expect(exit).to.equal(4);
      expect(stderr).to.contain(file);
    });

    it('fine-tuning a test network without a mask to learn from', async () => {
      const network = await writeTestNetwork(path.join(folder, 'one.safetensors'), [1]);
      for (const flag of ['--iterations', '--time-budget']) {
        const { exit, stderr } = await refuse(clip, '--test-network', network, flag, '5', ...weights);
        expect(exit).to.equal(2);
        expect(stderr).to.contain('no mask to learn from').and.to.contain(network);
      }
    });

    it('masks with objects that a test network does not know, which would be seen in no other frame', async () => {
      const network = await writeTestNetwork(path.join(folder, 'two.safetensors'), [1, 2]);
      const many = await writeGreyMask(path.join(folder, 'many.png'), [
        [2, 4, 8, 4, 4],
        [5, 20, 8, 4, 4],
      ]);
      const { exit, stderr } = await refuse(clip, '--test-network', network, '--mask', many, ...weights);
      expect(exit).to.equal(2);
      expect(stderr).to.contain('does not know object 5').and.to.contain('--iterations 150');
      expect(stderr).to.contain('--objects 1,2');
    });

    it('a data set without split, and one with masks', async () => {
      const none = await refuse('--davis', folder);
      expect(none.exit).to.equal(2);
      expect(none.stderr).to.contain('--split');
      expect((await refuse('--davis', folder, '--split', 'val', '--mask', mask)).exit).to.equal(2);
    });

    it('numbers of one’s own for frames that have names: those of a folder, or of a data set', async () => {
      const folder = await refuse(clip, '--mask', mask, ...weights, '--start-number', '1001');
      expect(folder.exit).to.equal(2);
      expect(folder.stderr).to.contain('keep the names of their files').and.to.contain('--start-number 1001');
      const dataSet = await refuse('--davis', clip, '--split', 'val', '--start-number', '1001');
      expect(dataSet.exit).to.equal(2);
      expect(dataSet.stderr).to.contain('leave out').and.to.contain('--start-number');
    });

    it('shards that do not count from 1', async () => {
      const { exit, stderr } = await refuse('--davis', folder, '--split', 'val', '--shard', '0/2');
      expect(exit).to.equal(2);
      expect(stderr).to.contain('0/2');
    });

    it('flags that exclude each other', async () => {
      expect((await refuse(clip, '--mask', mask, '--no-fine-tuning', '--iterations', '5')).exit).to.equal(2);
      expect((await refuse(clip, '--mask', mask, '--no-parent', '--parent', 'x')).exit).to.equal(2);
    });

    it('the folder of the frames as output', async () => {
      const { exit, stderr } = await runOsvos(
        'segment',
        clip,
        '--mask',
        mask,
        '--out',
        clip,
        '--force',
        ...weights,
      );
      expect(exit).to.equal(2);
      expect(stderr).to.contain('would overwrite the frames');
      expect((await readdir(clip)).sort()).to.deep.equal([
        '00000.png',
        '00001.png',
        '00002.png',
        '00003.png',
      ]);
    });

    it('foreign files in the output folder', async () => {
      const foreign = path.join(folder, 'foreign');
      await mkdir(foreign, { recursive: true });
      await writeFile(path.join(foreign, 'notes.txt'), 'mine');
      const { exit, stderr } = await runOsvos('segment', clip, '--mask', mask, '--out', foreign, ...weights);
      expect(exit).to.equal(2);
      expect(stderr).to.contain('notes.txt').and.to.contain('--force');
      expect(await readFile(path.join(foreign, 'notes.txt'), 'utf8')).to.equal('mine');
    });

    it('an output folder that cannot be made', async () => {
      const file = path.join(folder, 'file');
      await writeFile(file, '');
      const { exit, stderr } = await runOsvos(
        'segment',
        clip,
        '--mask',
        mask,
        '--out',
        path.join(file, 'out'),
        ...weights,
      );
      expect(exit).to.equal(7);
      expect(stderr).to.contain(path.join(file, 'out'));
    });
  });

  it('tells in its help which frames need masks, and every default', async () => {
    const { stdout } = await runOsvos('segment', '--help');
    const text = stdout.replace(/\s+/g, ' ');
    expect(text).to.contain('Only one frame needs a mask');
    const { size, iterations } = qualities.normal;
    expect(text)
      .to.contain('[default: normal')
      .and.to.contain(`normal: --size ${size} --iterations ${iterations}`)
      .and.to.contain(`[default: ${osvosThreshold}]`);
    const { exit, stderr } = await runOsvos('segment', 'frames', '--mask', 'm.png', '--scales', '0.5');
    expect(exit).to.equal(2);
    expect(stderr).to.contain('no list of 1 and further shares from 0.25 to 2: --scales 0.5');
  });
});
