import { Args, Flags } from '@oclif/core';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import { snapDefaults } from '../methods/contours/snap-settings.js';
import type { SnapMasksResult } from '../jobs/snap-masks.js';
import { BaseCommand } from './base-command.js';
import { dataSetFlags, engineFlags, engineOptions } from './shared-flags.js';
import { snapFlags, snapRuleFlag, snapSettings } from './snap-flags.js';

export default class Snap extends BaseCommand<typeof Snap> {
  static override summary = 'Move the outlines of masks to those of their frames.';
  static override description =
    'MASKS holds a PNG for each frame, named like it, from any program; of a data set, a folder for each sequence. ' +
    'Masks are smoothed along the colours of the frame (Barron & Poole 2016). With --snap ucm a contour network finds ' +
    'all contours of a frame; they part it into superpixels, and each superpixel goes to the object that has most of ' +
    'its pixels (Caelles et al. 2017).';
  static override examples = [
    '<%= config.bin %> <%= command.id %> masks --frames clip.mp4 --out snapped',
    {
      description: 'Results on a data set, with pictures of what they were snapped to',
      command:
        '<%= config.bin %> <%= command.id %> runs/mine --davis DAVIS --split val --snap ucm --out runs/mine-snapped --save-contours',
    },
  ];

  static override args = {
    masks: Args.string({ required: true, name: 'MASKS', description: 'Folder of masks, <frame>.png.' }),
  };

  static override flags = {
    frames: Flags.string({
      summary: 'The clip: a folder of frames, or a video file.',
      helpGroup: 'INPUT',
      helpValue: 'CLIP',
      exclusive: ['davis'],
    }),
    davis: dataSetFlags.davis,
    split: dataSetFlags.split,
    sequences: dataSetFlags.sequences,
    snap: snapRuleFlag(snapDefaults.rule),
    ...snapFlags,
    out: Flags.string({
      char: 'o',
      default: path.join('runs', 'snapped'),
      summary: 'Output folder.',
      helpGroup: 'OUTPUT',
      helpValue: 'DIR',
    }),
    force: Flags.boolean({ summary: 'Overwrite what is in the output folder.', helpGroup: 'OUTPUT' }),
    ...engineFlags,
  };

  async run(): Promise<SnapMasksResult> {
    const { flags } = this;
    const { davis: root, split = 'val', sequences, out } = flags;
    const frames = flags.frames ?? (root === undefined ? undefined : { root, split, sequences });
    const settings = snapSettings(flags);
    if (frames === undefined) {
      throw new OsvosError('usage', 'no frames given', this.args.masks, 'name them with --frames or --davis');
    }
    if (!settings) {
      throw new OsvosError(
        'usage',
        'nothing to be done',
        '--snap none',
        'use --snap ucm or --snap bilateral',
      );
    }
    const { snapMasks } = await import('../jobs/snap-masks.js');
    const { startReportedEngine } = await import('../jobs/start-engine.js');
    const { report, finish } = await this.progress();
    const engine = engineOptions(flags);
    const result = await snapMasks({
      ...{ masks: this.args.masks, frames, out, force: Boolean(flags.force), settings, report },
      startEngine: (former) => startReportedEngine(engine, report, former),
      signal: await this.interruptSignal(),
    });
    finish();
    const pace = result.msPerMask === null ? '' : `, ${result.msPerMask} ms each`;
    this.log(`${result.masks} ${result.masks === 1 ? 'mask' : 'masks'} in ${result.out}${pace}`);
    return result;
  }
}
