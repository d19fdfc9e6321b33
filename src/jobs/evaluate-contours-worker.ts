/** A thread of `osvos evaluate contours`: takes one map, answers with its counts. */
import { parentPort } from 'node:worker_threads';
import { scoreContours, type ContourTask } from './evaluate-contours-image.js';

const port = parentPort;
if (port === null) throw new Error('evaluate-contours-worker runs as a worker thread only');

port.on('message', (task: ContourTask) => {
  void scoreContours(task).then((outcome) => port.postMessage(outcome)); // a rejection ends the thread, which the pool hears
});
