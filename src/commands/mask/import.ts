import { Args, Flags } from '@oclif/core';
import { annotationFormats } from '../../clips/annotation-formats/annotations.js';
import { parseLabels } from '../../jobs/import-mask-ids.js';
import type { MaskImport as ImportResult } from '../../jobs/import-mask-result.js';
import { BaseCommand } from '../base-command.js';
import { maskFlags } from '../osvos-flags.js';
import { startNumberFlag } from '../shared-flags.js';

export default class MaskImport extends BaseCommand<typeof MaskImport> {
  static override summary = 'Turn what an annotation tool wrote into masks, and pictures to look at.';
  static override description =
    'Read are painted pictures (GIMP, Krita, Photoshop; colours, grey values, alpha), CVAT (“CVAT for images 1.1” and ' +
    '“Segmentation mask 1.1”, unpacked), labelme JSON, COCO JSON, the JSON of Segment Anything, and folders with a ' +
    'black and white picture for each object, as tools around SAM and SAM 2 write them.' +
    '\n\n' +
    'Each label becomes an object, with ids from 1 in the order of first appearance. Where shapes overlap, the ' +
    'later one has the pixels, and it is said how many. Nothing is written before everything was read and checked.';
  static override examples = [
    {
      description: 'A painted picture, checked against its frame',
      command: '<%= config.bin %> <%= command.id %> painted.png --frame frames/00000.jpg --out first.png',
    },
    {
      description: 'All images of an export of CVAT or COCO, named as the frames of the clip',
      command: '<%= config.bin %> <%= command.id %> annotations.xml --clip clip.mp4 --out masks',
    },
    {
      description: 'Two objects of many, with ids of one’s own',
      command: '<%= config.bin %> <%= command.id %> frame.json --labels car=1,person=2 --out first.png',
    },
  ];

  static override args = {
    source: Args.string({
      required: true,
      name: 'SOURCE',
      description: 'File or folder that the tool wrote.',
    }),
  };

  static override flags = {
    format: Flags.option({
      options: annotationFormats,
      summary: 'What SOURCE is; found out by its content when left out.',
      helpGroup: 'INPUT',
    })(),
    labels: Flags.custom<Map<string, number>>({
      parse: async (text) => parseLabels(text),
      summary: 'Take these objects only, with these ids; several objects may share one.',
      helpGroup: 'INPUT',
      helpValue: 'OBJECT=ID,…',
    })(),
    clip: Flags.string({
      summary: 'Clip that the masks belong to: its frames are found by the names of the images.',
      helpGroup: 'INPUT',
      helpValue: 'CLIP',
    }),
    frame: Flags.string({
      summary: 'Frame of a single mask: a picture, or with --clip the frame’s name or number.',
      helpGroup: 'INPUT',
      helpValue: 'FILE|FRAME',
    }),
    ...startNumberFlag,
    'fit-mask': maskFlags['fit-mask'],
    out: Flags.string({
      char: 'o',
      required: true,
      summary: 'Folder for the masks, or a file *.png for a single one.',
      helpGroup: 'OUTPUT',
      helpValue: 'DIR|FILE',
    }),
    force: Flags.boolean({ summary: 'Overwrite files.', helpGroup: 'OUTPUT' }),
    'dry-run': Flags.boolean({
      summary: 'Check everything and say what would be done; write nothing.',
      helpGroup: 'OUTPUT',
    }),
  };

  async run(): Promise<ImportResult> {
    const { importMask } = await import('../../jobs/import-mask.js');
    const { describeImport } = await import('../../jobs/import-mask-result.js');
    const { format, labels, clip, frame, out } = this.flags;
    const result = await importMask({
      ...{ source: this.args.source, format, labels, clip, frame, out },
      startNumber: this.flags['start-number'],
      fitMask: Boolean(this.flags['fit-mask']),
      force: Boolean(this.flags.force),
      dryRun: Boolean(this.flags['dry-run']),
    });
    this.log(describeImport(result));
    return result;
  }
}
