import { Args, Flags } from '@oclif/core';
import type { AverageResult } from '../../jobs/weights-average.js';
import { BaseCommand } from '../base-command.js';

export default class WeightsAverage extends BaseCommand<typeof WeightsAverage> {
  static override summary = 'Average networks that were trained on from the same one.';
  static override description =
    'The mean of their numbers is often better than each of them, at no cost. It is worth nothing for networks that began apart.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> runs/a/stm-resnet18.safetensors runs/b/stm-resnet18.safetensors --out mean.safetensors',
  ];
  static override args = {
    weights: Args.string({
      required: true,
      multiple: true,
      name: 'WEIGHTS',
      description: 'Names or files, two or more.',
    }),
  };
  static override flags = {
    out: Flags.string({
      char: 'o',
      required: true,
      summary: 'File to write (safetensors, half precision).',
      helpGroup: 'OUTPUT',
      helpValue: 'FILE',
    }),
    force: Flags.boolean({ summary: 'Overwrite that file.', helpGroup: 'OUTPUT' }),
  };

  async run(): Promise<AverageResult> {
    const { averageWeights } = await import('../../jobs/weights-average.js');
    const result = await averageWeights(this.args.weights, this.flags.out, this.flags.force);
    this.log(`${result.file}: ${result.tensors} tensors, the mean of ${result.of.length} networks`);
    return result;
  }
}
