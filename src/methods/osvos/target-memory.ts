import * as tf from '@tensorflow/tfjs';
import type { Trunk } from '../../networks/stage.js';
import type { LogisticOptions } from '../../training/logistic-regression.js';
import {
  cellExamples,
  scaleOf,
  solveFilter,
  unscaled,
  type CellExamples,
  type Grid,
  type TargetLabels,
} from './target-filter.js';
import { TargetModel } from './target-model.js';

/** Copies of the annotation that are remembered: the frame as it is, and warped ones. */
export const MEMORY_COPIES = 4;

/** Segmented frames that are remembered; the oldest is forgotten first. */
export const REMEMBERED_FRAMES = 8;

/** Weight of all remembered frames together, beside the annotation; less while there is only one. */
const REMEMBERED_SHARE = 0.3;
const FEW_FRAMES = 2;

/** Probabilities above the first are object, below the second background; what lies between is void. */
const SURELY_OBJECT = 0.95;
const SURELY_BACKGROUND = 0.1;

/** Pixels that must surely be object, or the object counts as lost and nothing is remembered. */
const LEAST_PIXELS = 40;

/** From the model of before a few steps are enough. */
export const goingOn: LogisticOptions = { decay: 0.03, newtonSteps: 1, gradientSteps: 6 };

interface StageMemory {
  grid: Grid;
  scale: tf.Scalar;
  annotated: CellExamples;
  frames: CellExamples[];
  /** In terms of the scaled rows. */
  filter: tf.Tensor1D;
}

/**
 * Keeps a target model up to date along a clip: its examples are the annotation and the last of the frames that were
 * segmented since, as far as the network was sure of them (online adaptation of Voigtlaender & Leibe 2017, but of the
 * light model alone, as in Robinson et al. 2020). Lives until `dispose`.
 */
export class TargetMemory {
  private constructor(private readonly stages: readonly StageMemory[]) {}

  /**
   * @param stages scored stages of the trunk, fine to coarse
   * @param maps of the annotated picture and its warped copies, `[N, h, w, C]` for each of these stages
   * @param model what was learnt from all copies
   */
  static begin(
    trunk: Trunk,
    stages: readonly number[],
    maps: readonly tf.Tensor4D[],
    labels: TargetLabels,
    model: TargetModel,
  ): TargetMemory {
    return new TargetMemory(
      stages.map((stage, i) => {
        const grid = { stride: trunk.stages[stage].stride, centred: trunk.centred };
        const scale = scaleOf(maps[i]);
        const inverse = tf.tidy(() => tf.div<tf.Scalar>(1, scale));
        const filter = unscaled(model.filters[i], inverse);
        inverse.dispose();
        return { grid, scale, annotated: cellExamples(maps[i], labels, grid, scale), frames: [], filter };
      }),
    );
  }

  /**
   * Takes in a segmented frame. What it keeps outlives a surrounding `tidy`.
   *
   * @param maps of the scored stages, `[1, h, w, C]`
   * @param probability `[1, H, W]`
   * @returns the model that knows the frame too, or nothing when the object is lost
   */
  async remember(maps: readonly tf.Tensor4D[], probability: tf.Tensor3D): Promise<TargetModel | undefined> {
    const { labels, known, pixels } = tf.tidy(() => {
      const object = tf.greater<tf.Tensor3D>(probability, SURELY_OBJECT);
      const sure = tf.logicalOr<tf.Tensor3D>(object, tf.less(probability, SURELY_BACKGROUND));
      const found = tf.cast<tf.Tensor3D>(object, 'float32');
      return { labels: found, known: tf.cast<tf.Tensor3D>(sure, 'float32'), pixels: tf.sum(found) };
    });
    const lost = (await pixels.data())[0] < LEAST_PIXELS;
    if (!lost) this.stages.forEach((stage, i) => update(stage, maps[i], { labels, known }));
    tf.dispose([labels, known, pixels]);
    if (lost) return undefined;
    return new TargetModel(this.stages.map(({ filter, scale }) => tf.keep(unscaled(filter, scale))));
  }

  dispose(): void {
    for (const { scale, annotated, frames, filter } of this.stages) {
      tf.dispose([scale, filter]);
      [annotated, ...frames].forEach(forget);
    }
  }
}

function update(stage: StageMemory, map: tf.Tensor4D, labels: TargetLabels): void {
  const { frames, grid, scale, annotated, filter } = stage;
  const example = cellExamples(map, labels, grid, scale);
  tf.keep(example.rows);
  tf.keep(example.object);
  tf.keep(example.background);
  frames.push(example);
  if (frames.length > REMEMBERED_FRAMES) forget(frames.shift()!);
  const each = REMEMBERED_SHARE / Math.max(frames.length, FEW_FRAMES);
  const shares = [1 - each * frames.length, ...frames.map(() => each)];
  stage.filter = tf.keep(solveFilter([annotated, ...frames], shares, goingOn, filter));
  filter.dispose();
}

function forget({ rows, object, background }: CellExamples): void {
  tf.dispose([rows, object, background]);
}
