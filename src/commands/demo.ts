import { Flags } from '@oclif/core';
import { MOST_OBJECTS, syntheticDefaults } from '../clips/synthetic/defaults.js';
import type { DemoClip, DemoResult } from '../jobs/demo.js';
import { osvosDefaults, osvosThreshold } from '../methods/osvos/defaults.js';
import { BaseCommand } from './base-command.js';
import { fineTuneFlags, followFlags, osvosOptions } from './osvos-flags.js';
import { dataSetFlags, engineFlags, outputFlags } from './shared-flags.js';

/** What is printed for an undefined score. */
const UNDEFINED = '–';
/** Fewest frames of which one is scored: the first, which is given, and the last do not count. */
const FEWEST_FRAMES = 3;

export default class Demo extends BaseCommand<typeof Demo> {
  static override summary = 'See the whole way on a bundled clip: fine-tune, segment, score, overlays.';
  static override description = `The clip is made by the program, with its truth: creatures swim over a reef, one of them with a look-alike and
behind a pole for some frames. From the first frame's mask OSVOS learns the object and segments the other frames;
then they are scored. The same command goes on where it was stopped, and prints a finished demo again.
The last line is like: J 0.87  F 0.85  seconds 143 (mean region similarity, mean contour accuracy, all stages).`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --objects 2 --out runs/two',
    '<%= config.bin %> <%= command.id %> --davis DAVIS --sequence blackswan --out runs/swan',
  ];

  static override flags = {
    davis: dataSetFlags.davis,
    split: dataSetFlags.split,
    sequence: Flags.string({
      dependsOn: ['davis'],
      summary: 'Sequence of the data set; by default the first of the split val.',
      helpGroup: 'INPUT',
      helpValue: 'NAME',
    }),
    objects: Flags.integer({
      exclusive: ['davis'],
      min: 1,
      max: MOST_OBJECTS,
      summary: `Objects in the bundled clip, ${syntheticDefaults.objects} by default.`,
      helpGroup: 'INPUT',
      helpValue: 'N',
    }),
    frames: Flags.integer({
      exclusive: ['davis'],
      min: FEWEST_FRAMES,
      summary: `Frames of the bundled clip, ${syntheticDefaults.frames} by default.`,
      helpGroup: 'INPUT',
      helpValue: 'N',
    }),
    ...fineTuneFlags,
    ...followFlags,
    seed: Flags.integer({
      min: 0,
      default: osvosDefaults.seed,
      summary: 'Seed of the bundled clip and of fine-tuning.',
      helpGroup: 'METHOD',
      helpValue: 'N',
    }),
    ...engineFlags,
    out: Flags.string({
      char: 'o',
      default: 'runs/demo',
      summary: 'Folder for the clip and the results.',
      helpGroup: 'OUTPUT',
      helpValue: 'DIR',
    }),
    force: outputFlags.force,
  };

  async run(): Promise<DemoResult> {
    const { engine, device, precision, threads, out, force } = this.flags;
    const { demo } = await import('../jobs/demo.js');
    const { masksOnly } = await import('../jobs/segment-options.js');
    const { snapDefaults } = await import('../methods/contours/snap-settings.js');
    const progress = await this.progress();
    const result = await demo({
      clip: this.clip(),
      out,
      options: osvosOptions({ ...this.flags, objects: undefined }), // all objects of the clip
      settings: {
        ...masksOnly,
        threshold: osvosThreshold,
        snap: snapDefaults,
        overlays: true,
        preview: true,
        force,
      },
      engine: { engine, device, precision, threads },
      report: progress.report,
      signal: await this.interruptSignal(),
    });
    progress.finish();
    this.log(describeDemo(result));
    return result;
  }

  private clip(): DemoClip {
    const { davis, split = 'val', sequence, objects, frames, seed } = this.flags;
    if (davis !== undefined) return { kind: 'davis', root: davis, split, sequence };
    const given = {
      objects: objects ?? syntheticDefaults.objects,
      frames: frames ?? syntheticDefaults.frames,
    };
    return { kind: 'bundled', options: { ...syntheticDefaults, ...given, seed } };
  }
}

function describeDemo({
  frames,
  frameCount,
  size,
  masks,
  overlays,
  J,
  F,
  stages,
  seconds,
}: DemoResult): string {
  const byStage = Object.entries(stages).map(([stage, value]) => `${stage} ${value.toFixed(1)}`);
  const score = (value: number | null) => value?.toFixed(2) ?? UNDEFINED;
  return [
    `clip      ${frames} (${frameCount} frames of ${size})`,
    `masks     ${masks}`,
    `overlays  ${overlays}`,
    `seconds   ${byStage.join(', ')}`,
    `J ${score(J)}  F ${score(F)}  seconds ${Math.round(seconds)}`,
  ].join('\n');
}
