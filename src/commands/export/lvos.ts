import type { ServerZip } from '../../jobs/export-server-zip.js';
import { dataFlag, outFlags, resultsArg } from './export-flags.js';
import { ExportServerCommand } from './export-server-command.js';

export default class ExportLvos extends ExportServerCommand<typeof ExportLvos> {
  static override summary = 'Make the archive that the server of LVOS takes.';
  static override description =
    'The archive holds Annotations/<video>/<frame>.png: an indexed PNG of every frame from the first annotation on, of its size, with no object that the ' +
    'annotations do not have. The archive is read back and judged by these rules before it is there; what breaks one ' +
    'is named with all its frames.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> runs/lvos-stm --data LVOS/test --out lvos.zip',
  ];
  static override args = resultsArg;
  static override flags = { ...dataFlag, ...outFlags('File *.zip.', 'FILE') };

  async run(): Promise<ServerZip> {
    return this.performZip({ server: 'lvos', data: this.flags.data });
  }
}
