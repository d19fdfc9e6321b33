/** A process of `osvos compare`: segments with one contender, and tells how it goes. */
import { methods, type RegisteredMethod } from '../methods/registry.js';
import type { Report } from '../progress.js';
import type { Answer, CompareTask, Order } from './compare-contenders.js';
import { outcomeOrFault } from './fault.js';
import type { CommonOptions } from './segment-options.js';
import { segmentOneClip, segmentSequences } from './segment.js';

const stop = new AbortController();
const tell = (answer: Answer) => process.send?.(answer);

process.on('message', (order: Order) => {
  if ('stop' in order) stop.abort();
  else void work(order.task);
});
// Ctrl-C reaches all processes of a terminal: the first one decides, and says so
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit());

/** Bugs are thrown: their trace is printed, and the process ends. */
async function work(task: CompareTask): Promise<void> {
  const outcome = await outcomeOrFault(() => segment(task, (event) => tell({ event })));
  tell(outcome ?? { done: true });
}

async function segment(
  { contender, input, annotations, out, engine }: CompareTask,
  report: Report,
): Promise<void> {
  // the options are those that this method's flags made
  const method = methods[contender.method] as unknown as RegisteredMethod<CommonOptions>;
  const { options, settings } = contender;
  const call = { method, options, settings, engine, out, report, signal: stop.signal };
  if ('root' in input) await segmentSequences({ ...call, ...input, annotations });
  else await segmentOneClip({ ...call, ...input });
}
