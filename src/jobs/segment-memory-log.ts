/** Resident memory, tensors and time after each frame, for measuring that none grows with the clip. */
import { appendFile, writeFile } from 'node:fs/promises';
import { OsvosError } from '../errors.js';

/**
 * Starts a CSV file `frame,residentMB,tensors,seconds`; seconds count from its start.
 *
 * @param count tensors that are alive
 * @returns adds a line for a frame
 * @throws OsvosError `cannot-write`
 */
export async function startMemoryLog(
  file: string,
  count: () => number,
): Promise<(frame: string) => Promise<void>> {
  const write = async (work: Promise<void>) => {
    await work.catch((error: Error) => {
      throw new OsvosError('cannot-write', error.message, file, undefined, { cause: error });
    });
  };
  await write(writeFile(file, 'frame,residentMB,tensors,seconds\n'));
  const began = performance.now();
  return async (frame) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(3);
    const resident = (process.memoryUsage.rss() / 1e6).toFixed(1);
    await write(appendFile(file, `${frame},${resident},${count()},${seconds}\n`));
  };
}
