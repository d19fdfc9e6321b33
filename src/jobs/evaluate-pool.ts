/** Scores many frames on all cores. */
import { availableParallelism } from 'node:os';
import { breathe } from '../progress.js';
import { scoreTask, type FrameOutcome, type FrameTask } from './evaluate-frames.js';
import { runInThreads } from './worker-pool.js';

/** Below this many frames for each thread, starting one costs more than it saves. */
const FRAMES_PER_THREAD = 32;
/** Frames that a thread takes at once: few, so that the threads end together. */
const BATCH = 8;

export interface PoolOptions {
  /** Most threads to use; all cores when left out. */
  threads?: number;
  /** Called with the number of frames done so far. */
  onProgress?: (done: number) => void;
}

/** Outcomes in the order of the tasks. With few frames or one core, all happens in this thread. */
export async function scoreTasks(
  tasks: readonly FrameTask[],
  options: PoolOptions = {},
): Promise<FrameOutcome[]> {
  const { threads = availableParallelism(), onProgress } = options;
  const useful = Math.min(threads, Math.floor(tasks.length / FRAMES_PER_THREAD));
  return useful > 1 ? scoreInThreads(tasks, useful, onProgress) : scoreHere(tasks, onProgress);
}

async function scoreHere(
  tasks: readonly FrameTask[],
  onProgress?: (done: number) => void,
): Promise<FrameOutcome[]> {
  const outcomes: FrameOutcome[] = [];
  for (const task of tasks) {
    outcomes.push(await scoreTask(task));
    onProgress?.(outcomes.length);
    await breathe();
  }
  return outcomes;
}

async function scoreInThreads(
  tasks: readonly FrameTask[],
  threads: number,
  onProgress?: (done: number) => void,
): Promise<FrameOutcome[]> {
  const outcomes = new Array<FrameOutcome>(tasks.length);
  let done = 0;
  await runInThreads<readonly FrameTask[], FrameOutcome[]>({
    script: new URL('./evaluate-worker.js', import.meta.url),
    threads,
    count: Math.ceil(tasks.length / BATCH),
    unit: 'batches',
    task: (batch) => tasks.slice(batch * BATCH, (batch + 1) * BATCH),
    onOutcome: (scored, batch) => {
      scored.forEach((outcome, i) => (outcomes[batch * BATCH + i] = outcome));
      onProgress?.((done += scored.length));
    },
  });
  return outcomes;
}
