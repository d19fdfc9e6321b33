import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { temporaryFolder, writeFrames, writeGreyMask } from '../jobs/small-clip.js';
import { writeTestNetwork } from '../jobs/test-network-file.js';
import { runOsvos } from './run-osvos.js';

describe('osvos finetune', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let clip: string;
  let mask: string;
  let weights: string[];

  before(async () => {
    ({ folder, remove } = await temporaryFolder());
    clip = await writeFrames(path.join(folder, 'clip'), 2);
    mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    const file = path.join(folder, 'weights.safetensors');
    await writeFile(file, 'looked at only for its digest');
    weights = ['--no-parent', '--base', file];
  });
  after(() => remove());

  it('needs a clip, and says what to write', async () => {
    const { exit, stderr } = await runOsvos('finetune', '--out', path.join(folder, 'x.safetensors'));
    expect(exit).to.equal(2);
    expect(stderr).to.contain('osvos finetune CLIP --mask first.png --out FILE.safetensors');
  });

  it('needs --out', async () => {
    const { exit, stderr } = await runOsvos('finetune', clip, '--mask', mask);
    expect(exit).to.equal(2);
    expect(stderr).to.contain('out');
  });

  it('needs a mask, and says what to write', async () => {
    const out = path.join(folder, 'x.safetensors');
    const { exit, stderr } = await runOsvos('finetune', clip, '--out', out, ...weights);
    expect(exit).to.equal(2);
    expect(stderr).to.contain(`osvos finetune ${clip} --mask first.png`);
    expect(existsSync(out)).to.be.false;
  });

  it('needs a mask even where a test network knows objects, and does not overwrite that one', async () => {
    const network = await writeTestNetwork(path.join(folder, 'cat.safetensors'), [1]);
    const out = path.join(folder, 'x.safetensors');
    const from = ['--test-network', network, ...weights];
    const none = await runOsvos('finetune', clip, '--out', out, ...from);
    expect(none.exit).to.equal(2);
    expect(none.stderr).to.contain('no mask to learn from');
    const itself = await runOsvos('finetune', clip, '--mask', mask, '--out', network, '--force', ...from);
    expect(itself.exit).to.equal(2);
    expect(itself.stderr).to.contain('would be overwritten');
    expect(existsSync(out)).to.be.false;
  });

  it('does not overwrite a file of another origin', async () => {
    const out = path.join(folder, 'mine.safetensors');
    await writeFile(out, 'mine');
    const { exit, stderr } = await runOsvos('finetune', clip, '--mask', mask, '--out', out, ...weights);
    expect(exit).to.equal(2);
    expect(stderr).to.contain(out).and.to.contain('--force');
  });

  it('refuses a place that cannot be written, before it computes', async () => {
    await writeFile(path.join(folder, 'file'), '');
    const out = path.join(folder, 'file', 'x.safetensors');
    const { exit } = await runOsvos('finetune', clip, '--mask', mask, '--out', out, ...weights);
    expect(exit).to.equal(7);
  });
});
