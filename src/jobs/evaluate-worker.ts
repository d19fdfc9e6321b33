/** A thread of `osvos evaluate`: takes a batch of frames, answers with their outcomes in the same order. */
import { parentPort } from 'node:worker_threads';
import { scoreTask, type FrameOutcome, type FrameTask } from './evaluate-frames.js';

const port = parentPort;
if (port === null) throw new Error('evaluate-worker runs as a worker thread only');

port.on('message', async (batch: FrameTask[]) => {
  const outcomes: FrameOutcome[] = [];
  for (const task of batch) outcomes.push(await scoreTask(task));
  port.postMessage(outcomes);
});
