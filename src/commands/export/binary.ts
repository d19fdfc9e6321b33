import { Flags } from '@oclif/core';
import type { BinaryExport } from '../../jobs/export-binary.js';
import { ExportCommand } from './export-command.js';
import { describeIds, objectFlag, outFlags, resultsArg } from './export-flags.js';

export default class ExportBinary extends ExportCommand<typeof ExportBinary> {
  static override summary = 'Write black and white masks, one for each object.';
  static override description =
    'For programs that take one object at a time, such as inpainting. Masks are 8-bit grey PNG, 255 where the object is. ' +
    'Several objects have a folder each; every frame has a mask of every object, black where it is not seen.';
  static override examples = [
    {
      description: 'A folder for each object',
      command: '<%= config.bin %> <%= command.id %> runs/clip-osvos --out binary',
    },
    {
      description: 'One object, five pixels larger on all sides, to paint it out',
      command: '<%= config.bin %> <%= command.id %> runs/clip-osvos --object 2 --dilate 5 --out hole',
    },
  ];
  static override args = resultsArg;
  static override flags = {
    ...objectFlag,
    dilate: Flags.integer({
      min: 0,
      default: 0,
      summary: 'Let objects grow by a disk of this radius.',
      helpGroup: 'OUTPUT',
      helpValue: 'PX',
    }),
    ...outFlags('Folder for the masks.', 'DIR'),
  };

  async run(): Promise<BinaryExport> {
    const { exportBinary } = await import('../../jobs/export-binary.js');
    const { object: objects, dilate, out } = this.flags;
    const job = { results: this.args.results, objects, dilate, out };
    return this.perform(
      (running) => exportBinary({ ...job, ...running }),
      ({ masks, objects: ids, layout }) =>
        `${out}: ${masks} black and white masks, ${describeIds(ids)}, ${layout}`,
    );
  }
}
