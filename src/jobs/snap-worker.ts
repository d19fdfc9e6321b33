/** The thread that snaps: takes a frame, answers with its labels or map. */
import { parentPort } from 'node:worker_threads';
import { createFrameSnapper, type SnapTask } from './snap-frame.js';

const port = parentPort;
if (port === null) throw new Error('snap-worker runs as a worker thread only');

const snap = createFrameSnapper();
port.on('message', (task: SnapTask) => {
  void snap(task).then((outcome) => port.postMessage(outcome)); // a rejection ends the thread, which its owner hears
});
