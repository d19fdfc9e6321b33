/** One thread that works through tasks in their order, beside the network. */
import { OsvosError } from '../errors.js';
import type { Fault } from './fault.js';
import { startWorker } from './worker-pool.js';

export interface Thread<Task, Outcome> {
  /** Rejects with the task's error. */
  run(task: Task): Promise<Outcome>;
  /** Ends the thread at once; tasks under way are rejected. */
  end(): Promise<void>;
}

interface Waiting<Outcome> {
  resolve: (outcome: Outcome) => void;
  reject: (error: Error) => void;
}

/**
 * Starts a thread with its first task.
 *
 * @param script of the thread as the build has it (`.js`): answers each message, a task, with its outcome or its fault
 */
export function startThread<Task, Outcome extends object>(script: URL): Thread<Task, Outcome> {
  const waiting: Waiting<Outcome>[] = [];
  let worker: ReturnType<typeof startWorker> | undefined;
  const fail = (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  const start = () => {
    const started = startWorker(script);
    started.on('error', fail);
    started.on('exit', (code) => {
      worker = undefined;
      fail(new Error(`a thread ended early (${code})`));
    });
    started.on('message', (answer: Outcome | { fault: Fault }) => {
      const { resolve, reject } = waiting.shift()!;
      if ('fault' in answer) reject(fromFault(answer.fault));
      else resolve(answer);
    });
    return started;
  };
  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        (worker ??= start()).postMessage(task);
      }),
    async end() {
      await worker?.terminate();
    },
  };
}

function fromFault({ code, what, where, remedy }: Fault): OsvosError {
  return new OsvosError(code, what, where, remedy);
}
