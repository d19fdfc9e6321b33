import { Args, Flags } from '@oclif/core';
import { OsvosError } from '../errors.js';
import type { FinetuneResult } from '../jobs/finetune.js';
import { methodNames, methods } from '../methods/registry.js';
import { BaseCommand } from './base-command.js';
import { fineTuneFlags, maskFlags, osvosOptions, testNetworkFlag } from './osvos-flags.js';
import { engineFlags, engineOptions, memoryFlags, outputFlags, startNumberFlag } from './shared-flags.js';

export default class Finetune extends BaseCommand<typeof Finetune> {
  static override summary = 'Fine-tune a network on the masks of a clip, and keep it in a file.';
  static override description =
    'The file serves osvos segment --test-network, on this clip and on others that show the same ' +
    'objects. One mask is enough, by default of the first frame; more of them, repeated --mask, make ' +
    'the network better. --test-network goes on from an earlier file: its objects learn further from ' +
    'the masks given, new ones begin at the parent network, those in no mask stay as they are. ' +
    'The same command goes on where it stopped.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> frames --mask first.png --out cat.safetensors',
    '<%= config.bin %> <%= command.id %> frames --mask a.png --mask 30=b.png --iterations 200 --out cat.safetensors',
    '<%= config.bin %> <%= command.id %> frames --mask 40=c.png --test-network cat.safetensors --out better.safetensors',
  ];

  static override args = {
    clip: Args.string({ name: 'CLIP', description: 'Folder of frames, or video file (with ffmpeg).' }),
  };

  static override flags = {
    ...maskFlags,
    method: Flags.option({
      char: 'm',
      options: methodNames,
      default: 'osvos' as const,
      summary: 'Only osvos has something to fine-tune.',
      helpGroup: 'METHOD',
    })(),
    ...startNumberFlag,
    ...fineTuneFlags,
    'test-network': testNetworkFlag({ summary: 'Go on from this fine-tuned network.' }),
    out: Flags.string({
      char: 'o',
      required: true,
      summary: 'File of the test network.',
      helpGroup: 'OUTPUT',
      helpValue: 'FILE.safetensors',
    }),
    force: outputFlags.force,
    ...engineFlags,
    ...memoryFlags,
  };

  async run(): Promise<FinetuneResult> {
    const { flags } = this;
    if (flags.method !== 'osvos') {
      throw new OsvosError(
        'usage',
        `${flags.method} remembers masks and trains nothing, so there is no network to fine-tune`,
        `--method ${flags.method}`,
        `write osvos segment CLIP --mask first.png --method ${flags.method}`,
      );
    }
    const source = this.args.clip;
    if (source === undefined) {
      const remedy =
        'write osvos finetune CLIP --mask first.png --out FILE.safetensors, or see osvos finetune --help';
      throw new OsvosError('usage', 'no clip given', '', remedy);
    }
    const { describeFinetuneResult } = await import('../jobs/finetune.js');
    const { finetuneToFile } = await import('../jobs/segment.js');
    const { report, finish } = await this.progress();
    const result = await finetuneToFile({
      ...{
        source,
        masks: flags.mask ?? [],
        method: methods.osvos,
        options: osvosOptions(flags),
        out: flags.out,
      },
      ...{
        startNumber: flags['start-number'],
        fitMask: Boolean(flags['fit-mask']),
        testNetwork: flags['test-network'],
        force: Boolean(flags.force),
        ignoreMemoryLimit: Boolean(flags['ignore-memory-limit']),
        engine: engineOptions(flags),
      },
      ...{ report, signal: await this.interruptSignal() },
    });
    finish();
    this.log(describeFinetuneResult(result));
    return result;
  }
}
