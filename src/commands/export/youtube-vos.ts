import { Flags } from '@oclif/core';
import type { ServerZip } from '../../jobs/export-server-zip.js';
import { outFlags, resultsArg } from './export-flags.js';
import { ExportServerCommand } from './export-server-command.js';

export default class ExportYoutubeVos extends ExportServerCommand<typeof ExportYoutubeVos> {
  static override summary = 'Make the archive that the server of YouTube-VOS takes.';
  static override description =
    'Annotations/<video>/<frame>.png, indexed PNG, of the frames that the server scores: those of meta.json, or every ' +
    'fifth. RESULTS may hold all frames, as segmenting is best done on all of them. The archive is read back and judged ' +
    'by these rules before it is there; what breaks one is named with all its frames.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> runs/valid-stm --meta valid/meta.json --frames valid/JPEGImages --out valid.zip',
  ];
  static override args = resultsArg;
  static override flags = {
    meta: Flags.string({
      summary: 'meta.json of the split: frames and objects of each video.',
      helpGroup: 'INPUT',
      helpValue: 'FILE',
    }),
    frames: Flags.string({
      summary: 'JPEGImages of the split: sizes, and without --meta every fifth frame of all videos.',
      helpGroup: 'INPUT',
      helpValue: 'DIR',
    }),
    ...outFlags('File *.zip.', 'FILE'),
  };

  async run(): Promise<ServerZip> {
    const { meta, frames } = this.flags;
    return this.performZip({ server: 'youtube-vos', meta, frames });
  }
}
