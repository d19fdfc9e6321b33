/** Scores a network in training from time to time, on videos left out of it, and keeps the best state that was seen. */
import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { readSafetensors, writeSafetensors } from '../weights/safetensors.js';
import type { Weights } from '../weights/weights.js';

/** What a state is worth. */
export interface Look {
  /** 0–1. */
  score: number;
  /** Updates after which it was seen. */
  updates: number;
}

/** What is looked at. */
export interface Watched {
  /** The state that would be written now. */
  state(): Promise<Weights>;
  /** What it is worth, 0–1; `undefined` where it was asked to stop. */
  score(state: Weights): Promise<number | undefined>;
}

/** The best state lies beside the checkpoints and says what it is worth, so that a training that goes on knows it. */
export class BestState {
  private constructor(
    private readonly watched: Watched,
    private readonly out: string,
    private readonly times: number,
    private next: number,
    private best?: Look,
  ) {}

  /**
   * @param out folder of the training
   * @param times looks over the whole training, evenly spaced, the last one at its end
   * @param share of the training that is done, 0–1
   */
  static async open(watched: Watched, out: string, times: number, share: number): Promise<BestState> {
    const next = Math.floor(share * times) + 1;
    if (share === 0) await writeFileAtomically(logOf(out), 'update,seconds,J\n');
    if (share === 0 || !existsSync(fileOf(out))) return new BestState(watched, out, times, next);
    const { score, updates } = (await readSafetensors(fileOf(out))).metadata;
    return new BestState(watched, out, times, next, { score: Number(score), updates: Number(updates) });
  }

  /** Whether it is time for a look. */
  due(share: number): boolean {
    return share * this.times >= this.next;
  }

  /** Scores the state of now, and keeps it where it is the best; `undefined` where it was asked to stop. */
  async look(updates: number, seconds: number, share: number): Promise<Look | undefined> {
    const state = await this.watched.state();
    const score = await this.watched.score(state);
    if (score === undefined) return undefined;
    const seen = { score, updates };
    if (!this.best || score > this.best.score) {
      await writeSafetensors(fileOf(this.out), state, { score: String(score), updates: String(updates) });
      this.best = seen;
    }
    await appendFile(logOf(this.out), `${updates},${seconds.toFixed(1)},${score.toFixed(4)}\n`);
    this.next = Math.floor(share * this.times) + 1;
    return seen;
  }

  /** The best state, once there was a look. */
  async kept(): Promise<{ best: Look; weights: Weights }> {
    if (!this.best) throw new Error('no state was scored');
    return { best: this.best, weights: (await readSafetensors(fileOf(this.out))).tensors };
  }
}

function fileOf(out: string): string {
  return path.join(out, 'checkpoints', 'best.safetensors');
}

function logOf(out: string): string {
  return path.join(out, 'hold-out.csv');
}
