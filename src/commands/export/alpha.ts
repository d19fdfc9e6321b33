import type { AlphaExport } from '../../jobs/export-alpha.js';
import { ExportCommand } from './export-command.js';
import { clipFlags, clipRange, describeIds, objectFlag, outFlags, resultsArg } from './export-flags.js';

export default class ExportAlpha extends ExportCommand<typeof ExportAlpha> {
  static override summary = 'Cut objects out: PNG pictures or ProRes 4444 with alpha.';
  static override description =
    'Alpha is straight (unmultiplied): colours are not darkened by it. In PNG pictures every pixel of an object has exactly ' +
    'the colour of the frame, the rest is transparent black. In a video (*.mov, ProRes 4444, needs ffmpeg) the colours of ' +
    'the ground stay below alpha 0, so that edges keep clean; it has the frame times and colour tags of the source, and no ' +
    'sound. Masks are hard: alpha is 0 or full. What was written is opened again, and its alpha compared with the masks.';
  static override examples = [
    {
      description: 'A PNG picture of each frame',
      command: '<%= config.bin %> <%= command.id %> runs/clip-osvos --clip clip.mp4 --out cut-out',
    },
    {
      description: 'A video for an editing program, with object 2 alone',
      command:
        '<%= config.bin %> <%= command.id %> runs/clip-osvos --clip clip.mp4 --object 2 --out cut-out.mov',
    },
  ];
  static override args = resultsArg;
  static override flags = {
    ...clipFlags,
    ...objectFlag,
    ...outFlags('Folder for PNG pictures, or a file *.mov for ProRes 4444.', 'DIR|FILE'),
  };

  async run(): Promise<AlphaExport> {
    const { exportAlpha } = await import('../../jobs/export-alpha.js');
    const { clip, object: objects, out } = this.flags;
    const job = { results: this.args.results, clip, range: clipRange(this.flags), objects, out };
    return this.perform(
      (running) => exportAlpha({ ...job, ...running }),
      ({ format, frames, objects: ids, opaque }) => {
        const what = format === 'png' ? 'PNG pictures' : 'frames of ProRes 4444';
        const share = `${(100 * opaque).toFixed(1)} % of the pixels are opaque`;
        return `${out}: ${frames} ${what} with straight alpha, ${describeIds(ids)}, ${share}`;
      },
    );
  }
}
