import { Args, Flags } from '@oclif/core';
import type { ImportedWeights } from '../../jobs/weights-import.js';
import { trunkNames } from '../../networks/trunk-names.js';
import { stmArchitecture } from '../../weights/stm/stm-names.js';
import { BaseCommand } from '../base-command.js';

export default class WeightsImport extends BaseCommand<typeof WeightsImport> {
  static override summary = 'Take over a trunk or network file of another program.';
  static override description =
    'The file is checked, turned into this program’s names and layout, and kept in the user’s data folder (OSVOS_DATA_DIR moves it), never in the package. Read are PyTorch files (.pth, state dicts and checkpoints; nothing in them is run), NumPy archives (.npz) and safetensors files: torchvision’s VGG-16, ResNet-18 and ResNet-50, Keras’s VGG-16, parents of OSVOS-PyTorch, STM (STM_weights.pth), and networks of this program. Which it is, the names of the tensors tell; docs/weights.md says where to get them. The weights that STM’s authors published are for non-commercial use (CC BY-NC-SA). Caffe’s and Keras’s ResNet-50 (resnet50-v1, strides on the 1×1 convolutions) and torchvision’s (resnet50, on the 3×3) have the same names: --architecture decides.';
  static override examples = [
    {
      description: 'VGG-16 of torchvision',
      command: '<%= config.bin %> <%= command.id %> vgg16-397923af.pth --name vgg16-imagenet',
    },
    {
      description: 'Then fine-tune from it alone',
      command:
        '<%= config.bin %> segment clip --mask first.png --trunk vgg16 --no-parent --base vgg16-imagenet',
    },
    {
      description: 'The network of STM’s authors',
      command: '<%= config.bin %> <%= command.id %> STM_weights.pth',
    },
  ];

  static override args = {
    file: Args.string({ required: true, description: 'PyTorch, NumPy (.npz) or safetensors file' }),
  };

  static override flags = {
    architecture: Flags.option({
      char: 'a',
      options: [...trunkNames, stmArchitecture] as const,
      summary: 'Network that the weights are of; told by the names in the file where they fit one only.',
      helpGroup: 'INPUT',
    })(),
    name: Flags.string({
      summary: 'Name to use the weights by; the file’s stem by default.',
      helpGroup: 'OUTPUT',
      helpValue: 'NAME',
    }),
    force: Flags.boolean({ summary: 'Replace imported weights of the same name.', helpGroup: 'OUTPUT' }),
  };

  async run(): Promise<ImportedWeights> {
    const { importWeights } = await import('../../jobs/weights-import.js');
    const { report, finish } = await this.progress();
    const imported = await importWeights({ file: this.args.file, ...this.flags, report });
    finish();
    this.log(`${imported.name}: ${imported.tensors} tensors of ${imported.architecture} in ${imported.file}`);
    const { input, crop } = imported;
    const std = input.std.every((one) => one === 1) ? '' : `, divided by ${input.std.join(' ')}`;
    this.log(
      `Pictures: ${input.order}, 0–${input.range}, minus ${input.mean.join(' ')}${std}${crop === null ? '' : `; crop: ${crop}`}`,
    );
    if (imported.licence !== null) this.log(`Licence: ${imported.licence}`);
    return imported;
  }
}
