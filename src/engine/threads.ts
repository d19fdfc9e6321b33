/** How many processor threads an engine gets where nobody says. */
import { coresOfOthers, type CoreTimes } from './load.js';
import { coreCount } from './machine.js';

/** All cores; one in automatic tests, which share their cores with others. */
export function defaultThreads(env: NodeJS.ProcessEnv = process.env): number {
  return isContinuousIntegration(env) ? 1 : coreCount();
}

/** Whether this is a run of automatic tests: such services set `CI`. */
export function isContinuousIntegration({ CI }: NodeJS.ProcessEnv): boolean {
  return CI !== undefined && !['', '0', 'false'].includes(CI.toLowerCase());
}

/**
 * As many threads as other programs leave cores to. PyTorch's threads wait for each other in a loop: where one of them
 * has to share its core, all burn theirs, and a step takes ten times as long as on fewer threads.
 *
 * @param most threads that would be used on an idle machine
 */
export function threadsUnderLoad(most: number, before: CoreTimes, after: CoreTimes): number {
  const free = Math.round(after.cores - coresOfOthers(before, after));
  return Math.min(Math.max(free, 1), most);
}

/** Why fewer threads than cores are used, though nobody asked for that; undefined where all are. */
export function explainThreads(
  threads: number,
  cores = coreCount(),
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (threads >= cores) return undefined;
  const why = isContinuousIntegration(env) ? 'CI is set' : 'other programs keep the cores busy';
  return `${threads} of ${cores} threads, as ${why}; --threads sets it`;
}
