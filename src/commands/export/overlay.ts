import type { OverlayExport } from '../../jobs/export-overlay.js';
import { ExportCommand } from './export-command.js';
import { clipFlags, clipRange, outFlags, resultsArg } from './export-flags.js';

export default class ExportOverlay extends ExportCommand<typeof ExportOverlay> {
  static override summary = 'Make a video of the clip with its masks in colour, with its sound.';
  static override description =
    'H.264 in MP4, with the frame times of the source; the sound is copied where MP4 holds its kind, else it becomes AAC. ' +
    'A folder of frames has 24 a second. Needs ffmpeg.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> runs/clip-osvos --clip clip.mp4 --out overlay.mp4',
    {
      description: 'Masks of another program, of a part of the clip',
      command:
        '<%= config.bin %> <%= command.id %> masks --clip clip.mp4 --from 100 --to 250 --out overlay.mp4',
    },
  ];
  static override args = resultsArg;
  static override flags = { ...clipFlags, ...outFlags('File *.mp4.', 'FILE') };

  async run(): Promise<OverlayExport> {
    const { exportOverlay } = await import('../../jobs/export-overlay.js');
    const { clip, out } = this.flags;
    const job = { results: this.args.results, clip, range: clipRange(this.flags), out };
    return this.perform(
      (running) => exportOverlay({ ...job, ...running }),
      ({ frames }) => `${out}: ${frames} frames`,
    );
  }
}
