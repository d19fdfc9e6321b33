import type { Engine } from './engine.js';

/** What a successful trial sends to its parent. */
export interface TrialMessage {
  device: Engine['device'];
  version: string;
  precision: Engine['precision'];
  /** Of an engine that cannot be given any number. */
  threads?: number;
}

/** Runs a trial in this process, which was started for it, and tells its parent how it went. */
export async function sendTrial<Message extends object = TrialMessage>(
  work: () => Promise<Message>,
): Promise<void> {
  try {
    process.send?.(await work());
  } catch (error) {
    // the last line of stderr is the reason that the user reads
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
    process.stderr.write(`${line}\n`);
    process.exitCode = 1;
  }
  process.disconnect?.();
}
