import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { memoryDefaults } from '../../src/methods/stm/defaults.js';
import { writeSafetensors } from '../../src/weights/safetensors.js';
import { temporaryFolder, writeFrames, writeGreyMask } from '../jobs/small-clip.js';
import { runOsvos, type Outcome } from './run-osvos.js';

interface Plan {
  options: Record<string, unknown>;
  method: string;
  out: string;
  networkSize: string;
}

describe('osvos segment with methods that remember', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let clip: string;
  let mask: string;
  let out: string;
  /** Files with nothing but a header: looked at before anything is computed. */
  let stm: string;
  let stcn: string;

  before(async () => {
    ({ folder, remove } = await temporaryFolder());
    clip = await writeFrames(path.join(folder, 'clip'), 3);
    mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    out = path.join(folder, 'out');
    [stm, stcn] = await Promise.all(['stm-resnet18', 'stcn-resnet18'].map(headerOnly));
  });
  after(() => remove());

  async function headerOnly(architecture: string): Promise<string> {
    const file = path.join(folder, `${architecture}.safetensors`);
    const none = { dtype: 'F32' as const, shape: [1], data: Float32Array.of(0) };
    await writeSafetensors(file, new Map([['none', none]]), { architecture });
    return file;
  }

  const segment = (...flags: string[]): Promise<Outcome> =>
    runOsvos('segment', clip, '--mask', mask, '--out', out, ...flags);

  async function plan(...flags: string[]): Promise<Plan> {
    const { exit, stdout, stderr } = await segment(...flags, '--dry-run', '--json');
    expect(exit, stderr).to.equal(0);
    return JSON.parse(stdout) as Plan;
  }

  describe('has the defaults of the method, and says all of them', () => {
    for (const [method, weights, own] of [
      ['stm', () => stm, { topK: 20 }],
      ['kmn', () => stm, { topK: 20, kernel: 7 }],
      ['stcn', () => stcn, { kernel: 5 }],
    ] as const) {
      it(method, async () => {
        const { options } = await plan('--method', method, '--weights', weights());
        const defaults = Object.entries(memoryDefaults).filter(([name]) => name !== 'seed');
        expect(options).to.include({
          ...Object.fromEntries(defaults),
          ...own,
          weights: weights(),
          threshold: 0.5,
        });
      });
    }

    it('and what flags say', async () => {
      const memory = ['--memory', 'every', '--memory-every', '3', '--max-memory-frames', '4'];
      const read = ['--top-k', '20', '--kernel', '5.6', '--size', '240', '--objects', '1'];
      const { options } = await plan('--method', 'stcn', '--weights', stcn, ...memory, ...read);
      expect(options).to.deep.include({
        memoryEvery: 3,
        maxMemoryFrames: 4,
        topK: 20,
        kernel: 5.6,
        size: 240,
      });
      expect(options.objects).to.deep.equal([1]);
      const without = await plan('--method', 'kmn', '--weights', stm, '--no-kernel', '--memory', 'first');
      expect(without.options).to.include({ kernel: false, memory: 'first' });
    });

    it('and results go where the method’s name is', async () => {
      const args = ['segment', clip, '--mask', mask, '-m', 'stcn', '--weights', stcn, '--dry-run', '--json'];
      const { out: folderOfResults } = JSON.parse((await runOsvos(...args)).stdout) as Plan;
      expect(folderOfResults).to.equal(path.join('runs', 'clip-stcn'));
    });

    it('and frames keep their shape', async () => {
      const plain = await plan('--method', 'stcn', '--weights', stcn, '--size', '16');
      expect(plain.networkSize).to.equal('24×16');
    });
  });

  describe('refuses, without writing anything,', () => {
    async function refuse(exit: number, ...flags: string[]): Promise<string> {
      const outcome = await segment(...flags);
      expect(outcome.exit, outcome.stdout + outcome.stderr).to.equal(exit);
      expect(existsSync(out), 'the output folder').to.equal(false);
      return outcome.stderr.replace(/\s+/g, ' ');
    }

    const ofOsvos = [
      ['--iterations', '5'],
      ['--time-budget', '5'],
      ['--parent', 'osvos-resnet50-v1'],
      ['--no-parent'],
      ['--quality', 'fast'],
      ['--adapt', '5'],
      ['--scales', '1'],
      ['--frozen-stages', '2'],
      ['--trunk-rate', '1'],
      ['--head-rate', '1'],
      ['--no-fine-tuning'],
      ['--test-network', 'cat.safetensors'],
      ['--save-network'],
      ['--threshold', '0.5'],
      ['--preview'],
    ];
    for (const [flag, ...values] of ofOsvos) {
      it(`${flag}, which is OSVOS’s`, async () => {
        const text = await refuse(2, '--method', 'stcn', '--weights', stcn, flag, ...values);
        expect(text).to.contain(`${flag} belongs to osvos: --method stcn: leave it out`);
      });
    }

    const ofMemories = [
      ['--weights', 'x'],
      ['--memory', 'first'],
      ['--memory-every', '5'],
      ['--max-memory-frames', '5'],
      ['--top-k', '5'],
      ['--kernel', '7'],
      ['--no-kernel'],
      ['--no-top-k'],
    ];
    for (const [flag, ...values] of ofMemories) {
      it(`${flag} with osvos`, async () => {
        const text = await refuse(2, flag, ...values);
        expect(text).to.contain(`${flag} belongs to stm, kmn and stcn: --method osvos`);
      });
    }

    it('several of them in one line', async () => {
      const text = await refuse(2, '--method', 'kmn', '--iterations', '5', '--adapt', '5');
      expect(text).to.match(/--iterations and --adapt belong to osvos: --method kmn: leave them out/);
    });

    it('a trunk that the method has not', async () => {
      const flags = ['--method', 'stcn', '--trunk', 'vgg16'];
      expect(await refuse(2, ...flags))
        .to.contain('stcn has no trunk vgg16')
        .and.to.contain('resnet18');
    });

    it('the region beside the frame', async () => {
      const text = await refuse(2, '--method', 'stcn', '--roi', 'too');
      expect(text).to.contain('stcn sees the region or the frame, not both: --roi too: use --roi auto');
    });

    it('numbers for frames between, where none are remembered', async () => {
      for (const flag of ['--memory-every', '--max-memory-frames']) {
        const text = await refuse(2, '--method', 'stm', '--memory', 'first-and-previous', flag, '3');
        expect(text).to.contain(`--memory first-and-previous: ${flag}: leave it out, or use --memory every`);
      }
    });

    it('the region beside the frame', async () => {
      const text = await refuse(2, '--method', 'stm', '--weights', stm, '--roi', 'too');
      expect(text).to.contain('--roi too: use --roi auto or --roi none');
    });

    it('a kernel that is none', async () => {
      expect(await refuse(2, '--method', 'kmn', '--kernel', '0')).to.contain('no number above 0');
      await refuse(2, '--method', 'kmn', '--kernel', '3', '--no-kernel');
      await refuse(2, '--method', 'kmn', '--top-k', '3', '--no-top-k');
    });

    it('weights that are not there', async () => {
      const text = await refuse(4, '--method', 'stm', '--weights', 'no-such-network');
      expect(text).to.contain('no-such-network: give a file by --weights');
    });

    it('weights of another trunk', async () => {
      const text = await refuse(4, '--method', 'kmn', '--trunk', 'resnet50', '--weights', stm);
      expect(text).to.contain('weights of stm-resnet18, not of stm-resnet50').and.to.contain(stm);
      expect(text).to.contain('use --trunk resnet18');
    });

    it('weights of a method with other keys', async () => {
      for (const method of ['stm', 'kmn']) {
        const text = await refuse(4, '--method', method, '--weights', stcn);
        expect(text).to.contain('weights of stcn-resnet18, not of stm-resnet18');
        expect(text).to.contain('use --method stcn, or weights that were trained for stm or kmn');
      }
      const text = await refuse(4, '--method', 'stcn', '--weights', stm);
      expect(text).to.contain('use --method stm or kmn, or weights that were trained for stcn');
    });

    it('weights that are no memory network', async () => {
      const text = await refuse(4, '--method', 'stcn', '--weights', 'osvos-resnet50-v1');
      expect(text).to.contain('weights of osvos-resnet50-v1, not of stcn-resnet18');
      expect(text).to.contain('osvos train stcn');
    });

    it('an empty mask', async () => {
      const empty = await writeGreyMask(path.join(folder, 'empty.png'), []);
      const { exit, stderr } = await runOsvos(
        'segment',
        clip,
        ...['--mask', empty, '--method', 'stcn', '--weights', stcn, '--out', out],
      );
      expect(exit).to.equal(3);
      expect(stderr).to.contain('empty.png').and.to.contain('no object');
    });
  });

  it('osvos finetune has nothing to fine-tune there, and says what to write', async () => {
    for (const method of ['stm', 'kmn', 'stcn']) {
      const file = path.join(folder, 'x.safetensors');
      const { exit, stderr } = await runOsvos('finetune', clip, '--mask', mask, '-m', method, '--out', file);
      expect(exit).to.equal(2);
      expect(stderr.replace(/\s+/g, ' ')).to.contain(
        `osvos segment CLIP --mask first.png --method ${method}`,
      );
    }
  });

  it('tells in its help what memory a remembered frame takes, and how partial masks are taken', async () => {
    const text = (await runOsvos('segment', '--help')).stdout.replace(/\s+/g, ' ');
    // 4 · 1620 · (64 + 256) bytes
    expect(text).to.contain('4·N·(key + value) bytes').and.to.contain('2.1 MB at 480 pixels');
    expect(text).to.contain('at most 64 MB more');
    expect(text).to.contain('STM, KMN, STCN FLAGS').and.to.contain('OSVOS FLAGS');
    expect(text).to.contain('an object enters where a mask shows it for the first time');
  });
});
