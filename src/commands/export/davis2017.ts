import { Flags } from '@oclif/core';
import type { ServerZip } from '../../jobs/export-server-zip.js';
import { outFlags, resultsArg } from './export-flags.js';
import { ExportServerCommand } from './export-server-command.js';

export default class ExportDavis2017 extends ExportServerCommand<typeof ExportDavis2017> {
  static override summary = 'Make the archive that the server of DAVIS 2017 takes.';
  static override description =
    'The folders of the sequences stand at the top of the archive; each has an indexed PNG of every frame, of the size of ' +
    'the annotations, with no object that the first annotation does not have. The archive is read back and judged by ' +
    'these rules before it is there; what breaks one is named with all its frames.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> runs/test-dev-stm --davis DAVIS --split test-dev --out test-dev.zip',
  ];
  static override args = resultsArg;
  static override flags = {
    davis: Flags.string({
      required: true,
      summary: 'Root folder of the DAVIS data set (with JPEGImages, Annotations, ImageSets).',
      helpGroup: 'INPUT',
      helpValue: 'ROOT',
    }),
    split: Flags.string({
      required: true,
      summary: 'List of sequences below ImageSets/2017, such as test-dev.',
      helpGroup: 'INPUT',
      helpValue: 'NAME',
    }),
    ...outFlags('File *.zip.', 'FILE'),
  };

  async run(): Promise<ServerZip> {
    const { davis, split } = this.flags;
    return this.performZip({ server: 'davis2017', davis, split });
  }
}
