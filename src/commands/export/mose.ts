import type { ServerZip } from '../../jobs/export-server-zip.js';
import { dataFlag, outFlags, resultsArg } from './export-flags.js';
import { ExportServerCommand } from './export-server-command.js';

export default class ExportMose extends ExportServerCommand<typeof ExportMose> {
  static override summary = 'Make the archive that the server of MOSE takes.';
  static override description =
    'The folders of the videos stand at the top of the archive: an indexed PNG of every frame from the first annotation on, of its size, with no object that the ' +
    'annotations do not have. The archive is read back and judged by these rules before it is there; what breaks one ' +
    'is named with all its frames.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> runs/mose-stm --data MOSE/valid --out mose.zip',
  ];
  static override args = resultsArg;
  static override flags = { ...dataFlag, ...outFlags('File *.zip.', 'FILE') };

  async run(): Promise<ServerZip> {
    return this.performZip({ server: 'mose', data: this.flags.data });
  }
}
