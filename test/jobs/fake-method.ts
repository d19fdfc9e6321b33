/** A method that learns in no time and without tensors: what the jobs around methods are tested with. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { OsvosError } from '../../src/errors.js';
import { idsOf, type Probabilities } from '../../src/label-map.js';
import type { FrameUse, MemoryAnswer, PixelQuestion } from '../../src/methods/memory-use.js';
import type { Annotation, LearnOptions, Method, Segmenter } from '../../src/methods/method.js';
import { breathe } from '../../src/progress.js';
import { createRandom, deriveSeed } from '../../src/random.js';
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors.js';

export interface FakeOptions {
  size: number;
  seed: number;
  iterations: number;
  objects?: number[];
}

/** How the fake behaves; no option of a method, hence not in the record. */
export interface FakeBehaviour {
  family?: 'online' | 'offline';
  /** Whether objects may enter at a later annotation. */
  annotations?: Method<FakeOptions>['annotations'];
  /** Milliseconds that a step or frame takes. */
  delay?: number;
  /** Milliseconds that the first frame takes longer. */
  warmUp?: number;
  /** The loss that is no number comes at this step. */
  failAt?: number;
  /** What it says that it costs; nothing is foretold when left out. */
  cost?: Method<FakeOptions>['cost'];
  /** The object is taken to be here too, in every frame but those that were given: x, y, width, height. */
  lookAlike?: [number, number, number, number];
  /** Frames in which the objects themselves are not seen. */
  hidden?: number[];
  /** It tells of a memory that holds the first annotated frame and the one before, of 2×3 cells. */
  explains?: true;
  /** Trace of what was done, for tests that count. */
  trace?: string[];
}

/**
 * Each object's mask moves right by one pixel a frame. How sure it is comes from a number that each step of learning
 * changes by a draw from the seed: a run that lost or repeated steps shows it in its probabilities.
 */
export function fakeMethod(behaviour: FakeBehaviour = {}): Method<FakeOptions> {
  const { family = 'online', annotations = 'all-before-start', cost, explains } = behaviour;
  const open = async (options: FakeOptions) => new FakeSegmenter(options, behaviour);
  return { name: 'fake', family, annotations, regions: true, explains, threshold: 0.5, cost, open };
}

class FakeSegmenter implements Segmenter {
  private masks: { index: number; width: number; height: number; labels: Uint8Array }[] = [];
  private weight = 0;
  private closed = false;
  private warm = false;
  /** The frame that was segmented last; kept once that was asked for. */
  private last?: { index: number; width: number; height: number };
  private watching = false;
  /** Objects that are looked for, where they enter as they come. */
  private followed: number[] = [];

  constructor(
    private readonly options: FakeOptions,
    private readonly behaviour: FakeBehaviour,
  ) {}

  async learn(
    annotations: Annotation[],
    { report, signal, checkpoints, onPreview }: LearnOptions,
  ): Promise<void> {
    const { iterations, seed } = this.options;
    const { trace, failAt } = this.behaviour;
    this.masks = annotations.map(({ frame, labels }) => ({
      ...labels,
      index: frame.index,
      labels: labels.data,
    }));
    const file = checkpoints && path.join(checkpoints, 'fake.safetensors');
    let start = 0;
    if (file && existsSync(file)) {
      const [weight, done] = (await readSafetensors(file)).tensors.get('state')!.data;
      [this.weight, start] = [weight, done];
    }
    report({ kind: 'stage', stage: 'fine-tuning', total: iterations, unit: 'steps', start });
    for (let step = start; step < iterations; step++) {
      trace?.push(`step ${step}`);
      if (step === failAt) throw new OsvosError('not-a-number', `the loss is NaN at step ${step}`);
      this.weight = Math.fround(this.weight + createRandom(deriveSeed(seed, `step ${step}`)).next());
      report({ kind: 'step', done: step + 1, loss: 1 / (step + 1) });
      if (step + 1 === 10) await onPreview?.();
      const state = { dtype: 'F32' as const, shape: [2], data: Float32Array.of(this.weight, step + 1) };
      if (file) await writeSafetensors(file, new Map([['state', state]]));
      await this.wait();
      if (signal?.aborted)
        throw new OsvosError('interrupted', `stopped after step ${step + 1} of ${iterations}`);
    }
  }

  async begin({ frame, labels }: Annotation): Promise<void> {
    this.followed = idsOf(labels);
    this.behaviour.trace?.push(`begin ${frame.index} with ${this.followed.join()}`);
  }

  /** Objects that are given are seen there as they are everywhere else; who calls it has their masks. */
  async meet({ frame, labels }: Annotation): Promise<Probabilities> {
    this.followed = [...new Set([...this.followed, ...idsOf(labels)])].sort((a, b) => a - b);
    this.behaviour.trace?.push(`meet ${idsOf(labels).join()}`);
    return this.segment(frame);
  }

  async segment(frame: { index: number; name: string; width: number; height: number }) {
    this.behaviour.trace?.push(`frame ${frame.index}`);
    await this.wait();
    await this.warmUp();
    const { width, height, index } = frame;
    if (this.watching) this.last = { width, height, index };
    const { lookAlike, hidden = [] } = this.behaviour;
    const asTheyCome = this.behaviour.annotations === 'as-they-come';
    const all = [...new Set(this.masks.flatMap(({ labels }) => idsOf({ width, height, data: labels })))];
    const ids = asTheyCome ? this.followed : all.sort((a, b) => a - b);
    const byDistance = [...this.masks].sort((a, b) => Math.abs(a.index - index) - Math.abs(b.index - index));
    const sure = 0.6 + 0.3 * Math.abs(Math.sin(this.weight + index));
    const data = new Float32Array(ids.length * width * height);
    ids.forEach((id, k) => {
      const nearest = byDistance.find(({ labels }) => !asTheyCome || labels.includes(id))!;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const from = x - (index - nearest.index);
          const object = from >= 0 && from < width && nearest.labels[y * width + from] === id;
          const inside = (object && !hidden.includes(index)) || isIn(lookAlike, x, y);
          data[(k * height + y) * width + x] = inside ? sure : 0.1;
        }
      }
    });
    return { ids, width, height, data };
  }

  watch(): void {
    this.watching = true;
  }

  /** Three quarters of all is read in the annotated frame. */
  async explain(questions: readonly PixelQuestion[]): Promise<MemoryAnswer> {
    if (!this.behaviour.explains || !this.last) throw new Error('nobody said that this may be asked');
    const { index, width, height } = this.last;
    const place = { x: 0, y: 0, width, height };
    const held = [...new Set([this.masks[0].index, index - 1])];
    const frameOf = (from: number, share: number): FrameUse => ({
      ...{ origin: { index: from, place }, annotated: from === held[0], share },
      weights: Float32Array.of(share, 0, 0, 0, 0, 0),
    });
    const frames = held.map((from, i) => frameOf(from, held.length === 1 ? 1 : [0.75, 0.25][i]));
    const asked = questions.filter(({ pixels }) => pixels.some((value) => value !== 0));
    this.behaviour.trace?.push(`explain ${index}: ${asked.map(({ ids }) => ids.join()).join(' ')}`);
    const uses = asked.map(({ ids }) => ({
      ...{ ids: [...ids], cells: [1], frames },
      ...{ grid: { height: 2, width: 3 }, layout: { x: 0, y: 0, width: 1, height: 1 } },
    }));
    return { held, origin: { index, place }, uses };
  }

  async save() {
    const entries = this.masks.map(
      ({ index, width, height, labels }): [string, { dtype: 'F32'; shape: number[]; data: Float32Array }] => [
        `object.1.mask.${index}`,
        { dtype: 'F32', shape: [height, width], data: Float32Array.from(labels) },
      ],
    );
    return new Map([
      ...entries,
      ['object.1.weight', { dtype: 'F32' as const, shape: [1], data: Float32Array.of(this.weight) }] as const,
    ]);
  }

  async restore(state: Awaited<ReturnType<Segmenter['save']>>): Promise<void> {
    this.behaviour.trace?.push('restore');
    this.masks = [];
    for (const [name, { shape, data }] of state) {
      const match = /mask\.(\d+)$/.exec(name);
      if (match)
        this.masks.push({
          index: Number(match[1]),
          height: shape[0],
          width: shape[1],
          labels: Uint8Array.from(data),
        });
      else this.weight = data[0];
    }
  }

  close(): void {
    if (this.closed) throw new Error('closed twice');
    this.closed = true;
    this.behaviour.trace?.push('close');
  }

  private async wait(): Promise<void> {
    const { delay } = this.behaviour;
    if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
    else await breathe();
  }

  private async warmUp(): Promise<void> {
    const { warmUp } = this.behaviour;
    if (warmUp && !this.warm) await new Promise((resolve) => setTimeout(resolve, warmUp));
    this.warm = true;
  }
}

function isIn(box: FakeBehaviour['lookAlike'], x: number, y: number): boolean {
  if (!box) return false;
  const [left, top, width, height] = box;
  return x >= left && x < left + width && y >= top && y < top + height;
}
