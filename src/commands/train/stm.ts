import { memoryTrainingFlags, TrainMemoryCommand } from '../train-memory-command.js';

export default class TrainStm extends TrainMemoryCommand {
  static override summary = 'Train a space-time memory network (STM) on videos and photographs with masks.';

  static override description =
    'The network remembers frames with their masks and finds the objects again in others, without any training on the clip ' +
    '(osvos segment --method stm). Photographs give triplets of random views, videos triplets of their frames. ' +
    'The same command goes on where a stopped training left off.';

  static override examples = [
    {
      description: 'From ImageNet weights, for two hours',
      command:
        '<%= config.bin %> <%= command.id %> --davis DAVIS --split train --stills STILLS --base resnet18.safetensors --time-budget 7200',
    },
    {
      description: 'On from weights that are there',
      command:
        '<%= config.bin %> <%= command.id %> --davis DAVIS --stills STILLS --init stm-resnet18 --rate 1e-4',
    },
  ];

  static override flags = memoryTrainingFlags('stm', 0);

  protected override readonly method = 'stm';
}
