import { Args, Flags } from '@oclif/core';
import { OsvosError } from '../errors.js';
import { parseMemoryView, type MemoryView } from '../jobs/memory-view.js';
import type { CommonOptions, SegmentSettings } from '../jobs/segment-options.js';
import type { SegmentPlan } from '../jobs/segment-plan.js';
import type { ClipResult, DataSetResult } from '../jobs/segment-result.js';
import type { SegmentCall } from '../jobs/segment.js';
import { BaseCommand } from './base-command.js';
import { chooseMethod } from './method-flags.js';
import { maskFlag, maskFlags, testNetworkFlag } from './osvos-flags.js';
import { segmentingFlags } from './segmenting-flags.js';
import {
  dataSetFlags,
  engineFlags,
  engineOptions,
  memoryFlags,
  outputFlags,
  shardFlag,
  startNumberFlag,
} from './shared-flags.js';
import { snapSettings } from './snap-flags.js';

/** Of masks that do not show all objects, for the help. */
const partialMasks =
  ' With stm, kmn and stcn an object enters where a mask shows it for the first time, and a mask that lacks objects of ' +
  'earlier ones (such as --mask 30=b.png with only one of two) corrects those that it shows, from there on; the others go on.';

export default class Segment extends BaseCommand<typeof Segment> {
  static override summary = 'Cut objects out of a clip: give the mask of one frame, get the masks of all.';
  static override description =
    'Only one frame needs a mask, by default the first; choose one that shows the object well. ' +
    'Further masks, of frames where the result is wrong or another object enters, make it better: ' +
    'repeat --mask.' +
    '\n\n' +
    'osvos, the method by default, trains a network on the masks before it segments; --method stm, kmn or stcn ' +
    'remembers them instead, and starts at once. Flags stand below by the methods that they belong to.' +
    '\n\n' +
    'All objects in the masks are followed. Masks are written as indexed PNG, named as the frames; ' +
    'what was given stays as it was, pixel for pixel. The same command goes on where it stopped.';
  static override examples = [
    {
      description: 'A folder of frames, or a video file',
      command: '<%= config.bin %> <%= command.id %> frames --mask first.png',
    },
    {
      description: 'Several masks, and pictures to look at',
      command: '<%= config.bin %> <%= command.id %> clip.mp4 --mask first.png --mask 30=b.png --overlays',
    },
    {
      description: 'Without training: a network that remembers masks',
      command: '<%= config.bin %> <%= command.id %> frames --mask first.png --method stcn',
    },
    {
      description: 'A network that was fine-tuned before',
      command: '<%= config.bin %> <%= command.id %> frames --test-network cat.safetensors',
    },
    {
      description: 'The same network, fine-tuned further on the mask of a frame where it failed',
      command:
        '<%= config.bin %> <%= command.id %> frames --test-network cat.safetensors --mask 40=m.png --iterations 50',
    },
    {
      description: 'Several clips, each with its masks in masks/<clip>.png or masks/<clip>/',
      command: '<%= config.bin %> <%= command.id %> clips/* --masks masks --out results',
    },
    {
      description: 'The sequences of a data set',
      command: '<%= config.bin %> <%= command.id %> --davis DAVIS --split val --out runs/val',
    },
  ];

  static override args = {
    clip: Args.string({
      name: 'CLIP',
      multiple: true,
      description: 'Folder of frames, or video file (with ffmpeg); several of them with --masks.',
    }),
  };

  static override flags = {
    ...maskFlags,
    mask: maskFlag(partialMasks),
    masks: Flags.string({
      exclusive: ['mask', 'davis'],
      summary:
        'Folder of the masks of several clips: DIR/<clip>.png for the first frame, or DIR/<clip>/ with masks named as their frames.',
      helpGroup: 'INPUT',
      helpValue: 'DIR',
    }),
    from: Flags.string({ summary: 'First frame: name or number.', helpGroup: 'INPUT', helpValue: 'FRAME' }),
    to: Flags.string({ summary: 'Last frame: name or number.', helpGroup: 'INPUT', helpValue: 'FRAME' }),
    ...startNumberFlag,
    ...dataSetFlags,
    ...shardFlag,
    ...segmentingFlags,
    'test-network': testNetworkFlag({
      exclusive: ['davis'],
      summary:
        'Use this fine-tuned network (osvos finetune makes one) as it is; masks are not needed then. ' +
        'With --iterations or --time-budget it learns further from the masks.',
    }),
    ...outputFlags,
    overlays: Flags.boolean({
      summary: 'Also write the frames with their masks in colour.',
      helpGroup: 'OUTPUT',
    }),
    'overlay-video': Flags.boolean({
      summary: 'Also make a video of the overlays (with ffmpeg).',
      helpGroup: 'OUTPUT',
    }),
    'save-probabilities': Flags.boolean({
      summary: 'Also write probabilities, as 16-bit grey PNG.',
      helpGroup: 'OUTPUT',
    }),
    'save-network': Flags.boolean({
      summary: 'Also keep the fine-tuned network, for --test-network.',
      helpGroup: 'OSVOS',
    }),
    'viz-memory': Flags.custom<MemoryView>({
      parse: async (text) => parseMemoryView(text),
      summary:
        'Also draw how each frame read the memory (methods that remember): for the objects’ region, or for one pixel of the frames.',
      helpGroup: 'OUTPUT',
      helpValue: 'region|X,Y',
    })(),
    'compare-to': Flags.string({
      exclusive: ['davis', 'masks'],
      summary: 'Results of an earlier run of the clip: say how many frames changed, and which most.',
      helpGroup: 'OUTPUT',
      helpValue: 'DIR',
    }),
    preview: Flags.boolean({
      summary: 'After ten steps write the overlay of a middle frame.',
      helpGroup: 'OSVOS',
    }),
    'dry-run': Flags.boolean({
      summary: 'Check everything and say what would be done; write nothing.',
      helpGroup: 'OUTPUT',
    }),
    'memory-log': Flags.string({
      hidden: true,
      summary: 'CSV file for memory and tensors after each frame.',
    }),
    ...engineFlags,
    ...memoryFlags,
  };

  async run(): Promise<ClipResult | ClipResult[] | DataSetResult | SegmentPlan | SegmentPlan[]> {
    const { davis, masks } = this.flags;
    if (davis !== undefined) return this.segmentDataSet(davis);
    const sources = this.args.clip ?? [];
    return sources.length > 1 || masks !== undefined
      ? this.segmentClips(sources)
      : this.segmentClip(sources[0]);
  }

  private async segmentClips(sources: string[]): Promise<ClipResult[] | SegmentPlan[]> {
    const { from, to, mask, masks } = this.flags;
    if (sources.length === 0) {
      const remedy = 'write osvos segment clips/* --masks DIR, or see osvos segment --help';
      throw new OsvosError('usage', 'no clip given', `--masks ${masks}`, remedy);
    }
    if (mask || this.flags['compare-to'] !== undefined) {
      throw new OsvosError(
        'usage',
        `${mask ? '--mask' : '--compare-to'} belongs to one clip, there are ${sources.length}`,
        sources.join(', '),
        mask ? 'give one clip, or --masks DIR with DIR/<clip>.png for each' : 'give one clip',
      );
    }
    const { describeClipsResult, planClips, segmentClips } = await import('../jobs/segment-clips.js');
    const { describePlan } = await import('../jobs/segment-plan.js');
    const { describeClipResult } = await import('../jobs/segment-result.js');
    const own = { sources, from, to, startNumber: this.flags['start-number'], masks };
    if (this.flags['dry-run']) {
      const plans = await this.call((call) => planClips({ ...call, ...own }));
      return this.print(plans, (all) => all.map(describePlan).join('\n\n'));
    }
    const results = await this.call((call) => segmentClips({ ...call, ...own }));
    return this.print(results, (all) => describeClipsResult(all, describeClipResult));
  }

  private async segmentClip(source?: string): Promise<ClipResult | SegmentPlan> {
    const { from, to, mask = [], 'compare-to': compareTo } = this.flags;
    if (source === undefined) {
      throw new OsvosError(
        'usage',
        'no clip given',
        '',
        'write osvos segment CLIP --mask first.png, or see osvos segment --help',
      );
    }
    const { planOneClip, segmentOneClip } = await import('../jobs/segment.js');
    const { describePlan } = await import('../jobs/segment-plan.js');
    const { describeClipResult } = await import('../jobs/segment-result.js');
    const own = { source, from, to, startNumber: this.flags['start-number'], masks: mask, compareTo };
    if (this.flags['dry-run'])
      return this.print(await this.call((call) => planOneClip({ ...call, ...own })), describePlan);
    return this.print(await this.call((call) => segmentOneClip({ ...call, ...own })), describeClipResult);
  }

  private async segmentDataSet(root: string): Promise<DataSetResult | SegmentPlan[]> {
    const { split, sequences, shard, mask, from, to, 'start-number': start } = this.flags;
    if (split === undefined)
      throw new OsvosError(
        'usage',
        'which split of the data set?',
        `--davis ${root}`,
        'add --split, such as --split val',
      );
    if (
      this.args.clip !== undefined ||
      mask ||
      from !== undefined ||
      to !== undefined ||
      start !== undefined
    ) {
      throw new OsvosError(
        'usage',
        'a data set brings its own clips and masks',
        `--davis ${root}`,
        'leave out CLIP, --mask, --from, --to and --start-number',
      );
    }
    const { planSequences, segmentSequences } = await import('../jobs/segment.js');
    const { describePlan } = await import('../jobs/segment-plan.js');
    const { describeDataSetResult } = await import('../jobs/segment-result.js');
    const own = { root, split, sequences, shard };
    if (this.flags['dry-run']) {
      const plans = await this.call((call) => planSequences({ ...call, ...own }));
      return this.print(plans, (all) => all.map(describePlan).join('\n\n'));
    }
    return this.print(
      await this.call((call) => segmentSequences({ ...call, ...own })),
      describeDataSetResult,
    );
  }

  /** Hands what is asked for, whatever is segmented, to `work`, which has to do for any method. */
  private async call<T>(
    work: <Options extends CommonOptions>(call: SegmentCall<Options>) => Promise<T>,
  ): Promise<T> {
    const { report } = await this.progress();
    const asItIs =
      this.flags['no-fine-tuning'] || (this.flags['test-network'] !== undefined && !this.tunesTestNetwork());
    const common = {
      engine: engineOptions(this.flags),
      out: this.flags.out,
      report,
      signal: await this.interruptSignal(),
    };
    return chooseMethod({ ...this.flags, asItIs }, this.givenFlags, ({ method, options, threshold }) =>
      work({ ...common, method, options, settings: this.settings(threshold) }),
    );
  }

  /** A test network learns only where that is asked for. */
  private tunesTestNetwork(): boolean {
    const { 'test-network': network, iterations, 'time-budget': budget } = this.flags;
    return network !== undefined && (iterations ?? (budget === undefined ? 0 : 1)) > 0;
  }

  private settings(threshold: number): SegmentSettings {
    const { flags } = this;
    return {
      threshold,
      keep: flags.keep,
      snap: snapSettings(flags),
      // a flag that is not there is undefined, whatever its type says: the record shall say false
      overlays: Boolean(flags.overlays),
      overlayVideo: Boolean(flags['overlay-video']),
      saveProbabilities: Boolean(flags['save-probabilities']),
      saveNetwork: Boolean(flags['save-network']),
      vizMemory: flags['viz-memory'],
      preview: Boolean(flags.preview),
      testNetwork: flags['test-network'],
      tuneTestNetwork: this.tunesTestNetwork() || undefined,
      fitMask: Boolean(flags['fit-mask']),
      force: Boolean(flags.force),
      ignoreMemoryLimit: Boolean(flags['ignore-memory-limit']),
      memoryLog: flags['memory-log'],
    };
  }

  /** Progress ends before the result is printed. */
  private async print<T>(result: T, describe: (result: T) => string): Promise<T> {
    (await this.progress()).finish();
    this.log(describe(result));
    return result;
  }
}
