/** Scores many frames on all cores. */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { breathe } from '../progress.js';
import { scoreTask, type FrameOutcome, type FrameTask } from './evaluate-frames.js';

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
  let next = 0;
  let done = 0;
  const workers = Array.from({ length: threads }, startWorker);
  const serve = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      let from = 0;
      const send = () => {
        from = next;
        next = Math.min(tasks.length, next + BATCH);
        if (from === next) resolve();
        else worker.postMessage(tasks.slice(from, next));
      };
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`a scoring thread ended early (${code})`)));
      worker.on('message', (batch: FrameOutcome[]) => {
        batch.forEach((outcome, i) => (outcomes[from + i] = outcome));
        onProgress?.((done += batch.length));
        send();
      });
      send();
    });
  try {
    await Promise.all(workers.map(serve));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return outcomes;
}

/** From the build the thread is a `.js` file; from the sources (tests) a `.ts` file, which needs tsx in the thread too. */
function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./evaluate-worker.js', import.meta.url));
  const tsx = createRequire(import.meta.url).resolve('tsx/cjs');
  const source = fileURLToPath(new URL('./evaluate-worker.ts', import.meta.url));
  const start = [tsx, source].map((file) => `require(${JSON.stringify(file)});`).join(' ');
  return new Worker(start, { eval: true, execArgv: [] });
}
