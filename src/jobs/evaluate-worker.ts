/** A thread of `osvos evaluate`: takes a batch of frames, answers with their outcomes in the same order. */
import { parentPort } from 'node:worker_threads';
import { scoreTask, type FrameOutcome, type FrameTask } from './evaluate-frames.js';

const port = parentPort;
if (port === null) throw new Error('evaluate-worker runs as a worker thread only');

port.on('message', (batch: FrameTask[]) => {
  void scoreBatch(batch).then((outcomes) => port.postMessage(outcomes)); // a rejection ends the thread, which the pool hears
});

async function scoreBatch(batch: readonly FrameTask[]): Promise<FrameOutcome[]> {
  const outcomes: FrameOutcome[] = [];
  for (const task of batch) outcomes.push(await scoreTask(task));
  return outcomes;
}
