import { Args, Flags } from '@oclif/core';
import type { SideBySideExport } from '../../jobs/export-side-by-side.js';
import { parseList } from '../shared-flags.js';
import { ExportCommand } from './export-command.js';
import { clipFlags, clipRange, outFlags } from './export-flags.js';

export default class ExportSideBySide extends ExportCommand<typeof ExportSideBySide> {
  static override summary = 'Make a video of several results beside each other.';
  static override description =
    'Each folder of masks is drawn over the clip, under its name, with the frame times and the sound of the source. ' +
    'Pictures get smaller where the video would be wider than 3840 pixels. Needs ffmpeg.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> runs/clip-osvos runs/clip-stm --clip clip.mp4 --out both.mp4',
    {
      description: 'With names of one’s own',
      command:
        '<%= config.bin %> <%= command.id %> a b c --names "10 steps,50 steps,truth" --clip frames --out steps.mp4',
    },
  ];
  static override args = {
    results: Args.string({
      required: true,
      multiple: true,
      name: 'RESULTS',
      description: 'Folders of masks of the clip, two or more.',
    }),
  };
  static override flags = {
    ...clipFlags,
    names: Flags.custom<string[]>({
      parse: async (text) => parseList(text),
      summary: 'Names to draw, separated by commas; by default the folders’.',
      helpGroup: 'OUTPUT',
      helpValue: 'A,B',
    })(),
    ...outFlags('File *.mp4.', 'FILE'),
  };

  async run(): Promise<SideBySideExport> {
    const { exportSideBySide } = await import('../../jobs/export-side-by-side.js');
    const { clip, names, out } = this.flags;
    const job = { results: this.args.results, names, clip, range: clipRange(this.flags), out };
    return this.perform(
      (running) => exportSideBySide({ ...job, ...running }),
      (result) => `${out}: ${result.frames} frames of ${result.names.join(' | ')}`,
    );
  }
}
