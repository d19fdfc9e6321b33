/** The process in which `bench/mutated-weights.ts` reads broken files: it may hang, die or grow, and is then replaced. */
import { writeFileSync } from 'node:fs';
import { attempt } from '../../test/weights/mutated/attempt.js';
import { mutatedFile } from '../../test/weights/mutated/mutate.js';

export interface Task {
  seed: number;
  from: number;
  /** Not included. */
  to: number;
  /** Where each file is written to. */
  file: string;
}

/** Before a file is read, and after it. */
export type Message =
  | { index: number; container: string; kind: string }
  | {
      index: number;
      outcome: 'read' | 'refused' | 'failed';
      milliseconds: number;
      peakMb: number;
      message?: string;
    };

const send = (message: Message) =>
  new Promise<void>((resolve) => process.send!(message, undefined, {}, () => resolve()));

process.once('message', (task: Task) => void readAll(task));

async function readAll({ seed, from, to, file }: Task): Promise<void> {
  for (let index = from; index < to; index++) {
    const { container, kind, content } = mutatedFile(seed, index);
    writeFileSync(file, content);
    await send({ index, container, kind });
    const result = await attempt(file).catch((error: Error) => ({
      outcome: 'failed' as const,
      milliseconds: 0,
      message: `${error.name}: ${error.message}`,
    }));
    await send({ index, ...result, peakMb: (process.resourceUsage().maxRSS * 1024) / 1e6 });
  }
  process.disconnect();
}
