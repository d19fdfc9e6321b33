import { memoryTrainingFlags, TrainMemoryCommand } from '../train-memory-command.js';

export default class TrainKmn extends TrainMemoryCommand {
  static override summary = 'Train a kernelised memory network (KMN) on videos and photographs with masks.';

  static override description =
    'A space-time memory network that learns from photographs with hidden cells (Hide-and-Seek), so that it knows parts of ' +
    'objects and exact borders; its kernel has no part in the training. It may go on from a network of train stm.';

  static override examples = [
    {
      description: 'On from a space-time memory network, for an hour',
      command:
        '<%= config.bin %> <%= command.id %> --davis DAVIS --split train --stills STILLS --init stm-resnet18 --time-budget 3600',
    },
  ];

  static override flags = memoryTrainingFlags('kmn', 0.5);

  protected override readonly method = 'kmn';
}
