/** Divides tasks among threads. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { OsvosError } from '../errors.js';

export interface ThreadWork<Task, Outcome> {
  /** Script of the threads as the build has it (`.js`): answers each message, a task, with one message, its outcome. */
  script: URL;
  threads: number;
  /** Number of tasks, and what they are. */
  count: number;
  unit: string;
  /** Makes a task when a thread is free for it; called in order, never twice at once. */
  task: (index: number) => Task | Promise<Task>;
  /** Called as outcomes come, in any order. */
  onOutcome: (outcome: Outcome, index: number) => void;
  /** Ends the work at once when aborted. */
  signal?: AbortSignal;
}

/** Resolves when all tasks are done. Rejects with a thread's or `task`'s own error, or `interrupted`. */
export async function runInThreads<Task, Outcome>(work: ThreadWork<Task, Outcome>): Promise<void> {
  const { script, threads, count, unit, task, onOutcome, signal } = work;
  let next = 0;
  let finished = 0;
  let ended = false;
  let making: Promise<unknown> = Promise.resolve();
  const make = (index: number): Promise<Task> => {
    const made = making.then(() => {
      if (ended) throw new Error('nobody waits for this task any more');
      return task(index);
    });
    making = made.catch(() => undefined); // who asked for the task hears of it
    return made;
  };
  const interruption = new Promise<never>((_, reject) => {
    const stop = () => {
      const what = `stopped with ${finished} of ${count} ${unit} done`;
      reject(new OsvosError('interrupted', what, '', 'the same command starts over'));
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
  const workers = Array.from({ length: Math.min(threads, count) }, () => startWorker(script));
  const serve = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      let current = 0;
      const send = () => {
        if (next === count) return resolve();
        current = next++;
        make(current).then((made) => worker.postMessage(made), reject);
      };
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`a thread ended early (${code})`)));
      worker.on('message', (outcome: Outcome) => {
        finished++;
        onOutcome(outcome, current);
        send();
      });
      send();
    });
  try {
    await Promise.race([interruption, Promise.all(workers.map(serve))]);
  } finally {
    ended = true;
    await making; // what makes tasks may be closed when this function returns
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** From the build the thread is a `.js` file; from the sources (tests) a `.ts` file, which needs tsx in the thread too. */
export function startWorker(script: URL): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(script);
  const tsx = createRequire(import.meta.url).resolve('tsx/cjs');
  const source = fileURLToPath(script).replace(/\.js$/, '.ts');
  const start = [tsx, source].map((file) => `require(${JSON.stringify(file)});`).join(' ');
  return new Worker(start, { eval: true, execArgv: [] });
}
