import type { MemoryKeys } from '../../networks/memory/memory-architecture.js';
import { memoryTrainingFlags, TrainMemoryCommand } from '../train-memory-command.js';

export default class TrainStcn extends TrainMemoryCommand {
  static override summary =
    'Train a memory network with keys from the picture alone (STCN) on videos and photographs with masks.';

  static override description =
    'As train stm, but all objects share the keys, which are compared by distance: better with little data, and cheaper ' +
    'with several objects.';

  static override examples = [
    {
      description: 'From ImageNet weights, for two hours',
      command:
        '<%= config.bin %> <%= command.id %> --davis DAVIS --split train --stills STILLS --base resnet18.safetensors --time-budget 7200',
    },
  ];

  static override flags = memoryTrainingFlags('stcn', 0);

  protected override readonly method = 'stcn';
  protected override readonly keys: MemoryKeys = 'image';
}
