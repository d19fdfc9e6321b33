import { Flags } from '@oclif/core';
import type { CocoExport } from '../../jobs/export-coco.js';
import { parseList } from '../shared-flags.js';
import { ExportCommand } from './export-command.js';
import { clipRange, outFlags, rangeFlags, resultsArg } from './export-flags.js';

export default class ExportCoco extends ExportCommand<typeof ExportCoco> {
  static override summary = 'Write masks as COCO JSON, with compressed run lengths.';
  static override description =
    'One image for each mask, one annotation for each object that is seen in it: run lengths as pycocotools writes them ' +
    '(column by column), box and area. videos, tracks, video_id, track_id and frame_index are named as in TAO. All objects are of ' +
    'one category, “object”. The file is read back, and every mask compared, before it is there.';
  static override examples = [
    {
      description: 'One clip, with the file names of its frames',
      command: '<%= config.bin %> <%= command.id %> runs/clip-osvos --clip frames --out clip.json',
    },
    {
      description: 'Sequences of a data set',
      command: '<%= config.bin %> <%= command.id %> runs/val-stm --sequences bear,libby --out val.json',
    },
  ];
  static override args = resultsArg;
  static override flags = {
    clip: Flags.string({
      summary: 'The clip of the masks: sizes are checked, and images are named as its files.',
      helpGroup: 'INPUT',
      helpValue: 'CLIP',
      exclusive: ['sequences'],
    }),
    ...rangeFlags,
    sequences: Flags.custom<string[]>({
      parse: async (text) => parseList(text),
      summary: 'Only these sequences of RESULTS, separated by commas.',
      helpGroup: 'INPUT',
      helpValue: 'A,B',
    })(),
    ...outFlags('File *.json.', 'FILE'),
  };

  async run(): Promise<CocoExport> {
    const { exportCoco } = await import('../../jobs/export-coco.js');
    const { clip, sequences, out } = this.flags;
    const job = { results: this.args.results, clip, range: clipRange(this.flags), sequences, out };
    return this.perform(
      (running) => exportCoco({ ...job, ...running }),
      ({ videos, images, tracks, annotations }) =>
        `${out}: ${annotations} masks; objects: ${tracks}, images: ${images}, videos: ${videos}`,
    );
  }
}
