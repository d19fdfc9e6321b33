/** Runs a contender in a process of its own: what it holds at most is its own, and what breaks it breaks no other. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import type { Answer, CompareTask, Order } from './compare-contenders.js';
import type { Fault } from './fault.js';

/** Resolves when the task is done. Rejects with its error; `interrupted` where `signal` stopped it. */
export async function runInProcess(task: CompareTask, report: Report, signal?: AbortSignal): Promise<void> {
  const child = startProcess();
  const tell = (order: Order) => child.connected && child.send(order);
  const stop = () => tell({ stop: true });
  signal?.addEventListener('abort', stop);
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('message', (answer: Answer) => {
        if ('event' in answer) report(answer.event);
        else if ('done' in answer) resolve();
        else reject(fromFault(answer.fault));
      });
      child.on('error', reject);
      child.on('exit', (code, killed) => reject(killed ? killedProcess(killed, task) : endedEarly(code)));
      tell({ task });
      if (signal?.aborted) stop();
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    child.removeAllListeners('exit');
    if (child.connected) child.disconnect();
  }
}

/** From the sources (tests) the script is a `.ts` file, which needs tsx. */
function startProcess(): ChildProcess {
  const built = !import.meta.url.endsWith('.ts');
  const script = fileURLToPath(new URL(`./compare-worker.${built ? 'js' : 'ts'}`, import.meta.url));
  return fork(script, {
    execArgv: built ? [] : ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** Nobody but the system kills it, and that most often where memory is short: the other runs go on. */
function killedProcess(signal: NodeJS.Signals, { contender, out }: CompareTask): OsvosError {
  const what = `the process of ${contender.label} was killed (${signal}), as systems do that run out of memory`;
  const remedy =
    'the same command goes on where it stopped; a smaller @size= or fewer --jobs take less memory';
  return new OsvosError('memory', what, out, remedy);
}

/** Its own words are on stderr. */
function endedEarly(code: number | null): Error {
  return new Error(`a process ended early (${code})`);
}

function fromFault({ code, what, where, remedy }: Fault): OsvosError {
  return new OsvosError(code, what, where, remedy);
}
