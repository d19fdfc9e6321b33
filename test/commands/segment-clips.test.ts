import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { writeTestNetwork } from '../jobs/test-network-file.js';
import { temporaryFolder, writeFrames, writeGreyMask } from '../jobs/small-clip.js';
import { runOsvos } from './run-osvos.js';

interface Plan {
  clip: string;
  out: string;
  annotations: string[];
}

describe('osvos segment with several clips', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let clips: string[];
  let masks: string;
  let out: string;
  let weights: string[];

  before(async () => {
    ({ folder, remove } = await temporaryFolder());
    clips = [];
    for (const name of ['ape', 'bee', 'cat'])
      clips.push(await writeFrames(path.join(folder, 'clips', name), 3));
    masks = path.join(folder, 'masks');
    await writeGreyMask(path.join(masks, 'ape.png'), [[1, 4, 8, 10, 12]]);
    for (const frame of ['00001', '00002'])
      await writeGreyMask(path.join(masks, 'bee', `${frame}.png`), [[1, 4, 8, 10, 12]]);
    out = path.join(folder, 'out');
    const file = path.join(folder, 'weights.safetensors');
    await writeFile(file, 'looked at only for its digest');
    weights = ['--no-parent', '--base', file];
  });
  after(() => remove());

  const segment = (...args: string[]) => runOsvos('segment', ...args, ...weights);

  it('finds the masks by the clips’ names, and gives each clip a folder', async () => {
    const both = clips.slice(0, 2);
    const flags = ['--masks', masks, '--dry-run', '--json'];
    const named = JSON.parse((await segment(...both, ...flags, '--out', out)).stdout) as Plan[];
    expect(named.map(({ clip, annotations, out: place }) => [clip, annotations, place])).to.deep.equal([
      ['ape', ['00000'], path.join(out, 'ape')],
      ['bee', ['00001', '00002'], path.join(out, 'bee')],
    ]);
    const plain = JSON.parse((await segment(...both, ...flags)).stdout) as Plan[];
    expect(plain.map((plan) => plan.out)).to.deep.equal([
      path.join('runs', 'ape-osvos'),
      path.join('runs', 'bee-osvos'),
    ]);
  });

  it('takes one clip alike, and says which masks are left', async () => {
    const { stdout, stderr } = await segment(clips[0], '--masks', masks, '--dry-run', '--json');
    expect(JSON.parse(stdout)).to.have.length(1);
    expect(stderr).to.contain(`${masks}: masks of no clip given: bee`);
  });

  it('needs no masks with a test network', async () => {
    const network = await writeTestNetwork(path.join(folder, 'one.safetensors'), [1]);
    const { stdout } = await segment(...clips, '--test-network', network, '--dry-run', '--json');
    expect((JSON.parse(stdout) as Plan[]).map(({ annotations }) => annotations)).to.deep.equal([[], [], []]);
    const some = await segment(...clips, '--test-network', network, '--masks', masks, '--dry-run', '--json');
    expect((JSON.parse(some.stdout) as Plan[]).map(({ annotations }) => annotations.length)).to.deep.equal([
      1, 2, 0,
    ]);
    const further = await segment(
      ...clips,
      '--test-network',
      network,
      '--masks',
      masks,
      '--iterations',
      '5',
      '--dry-run',
    );
    expect(further.exit).to.equal(2);
    expect(further.stderr).to.contain('cat: no mask for this clip');
  });

  it('lists all that is wrong in one error, before anything is begun', async () => {
    const nowhere = path.join(folder, 'nowhere');
    await mkdir(path.join(folder, 'clips', 'dog'), { recursive: true });
    const dog = path.join(folder, 'clips', 'dog');
    const { exit, stderr } = await segment(...clips, nowhere, dog, '--masks', masks, '--out', out);
    expect(exit).to.equal(3); // of the first: a clip that is not there
    const [line] = stderr.split('\n').filter((text) => text.startsWith('Error'));
    expect(line).to.contain('no clip was begun, 3 things are wrong');
    expect(line).to.contain(nowhere).and.to.contain(dog);
    expect(line).to.contain('cat: no mask for this clip').and.to.contain('add cat.png');
    expect(existsSync(out)).to.be.false;
  });

  it('tells once what is wrong with all', async () => {
    const { exit, stderr } = await runOsvos(
      'segment',
      ...clips.slice(0, 2),
      '--masks',
      masks,
      '--parent',
      'no-such-parent',
    );
    expect(exit).to.equal(4);
    expect(stderr).to.contain('ape, bee: no weights of this name');
    expect(stderr.split('no-such-parent')).to.have.length(2);
  });

  it('refuses two clips of one name, naming both', async () => {
    const other = await writeFrames(path.join(folder, 'other', 'ape'), 2);
    const { exit, stderr } = await segment(clips[0], other, '--masks', masks, '--out', out);
    expect(exit).to.equal(2);
    expect(stderr).to.contain('two clips have the name ape');
    expect(stderr).to.contain(clips[0]).and.to.contain(other);
  });

  it('refuses two masks of one clip, naming both', async () => {
    const twice = path.join(folder, 'twice');
    const file = await writeGreyMask(path.join(twice, 'ape.png'), [[1, 4, 8, 10, 12]]);
    await mkdir(path.join(twice, 'ape'));
    const { exit, stderr } = await segment(clips[0], '--masks', twice, '--out', out);
    expect(exit).to.equal(2);
    expect(stderr).to.contain(file).and.to.contain(path.join(twice, 'ape'));
  });

  it('refuses --mask for several, no masks at all, and a folder that is none', async () => {
    const mask = path.join(masks, 'ape.png');
    const single = await segment(...clips, '--mask', mask, '--out', out);
    expect(single.exit).to.equal(2);
    expect(single.stderr).to.contain('--mask belongs to one clip, there are 3');
    const none = await segment(clips[0], mask, '--out', out); // somebody forgot --mask
    expect(none.exit).to.equal(2);
    expect(none.stderr).to.contain('--masks DIR').and.to.contain('--mask is for a single clip');
    const gone = await segment(...clips, '--masks', path.join(folder, 'gone'), '--out', out);
    expect(gone.exit).to.equal(3);
    expect((await segment('--masks', masks)).stderr).to.contain('no clip given');
  });
});
