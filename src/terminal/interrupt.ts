/** Ctrl-C and SIGTERM: the first asks the work to stop at the next step or frame, the second ends at once. */
import { errorKinds } from '../errors.js';
import { endNow } from './exit.js';

const signals = ['SIGINT', 'SIGTERM'] as const;

export interface Interruption {
  /** Aborts at the first signal. */
  signal: AbortSignal;
  /** Gives the signals back to Node. */
  release: () => void;
}

/**
 * Listens from now on. Call once per command; work then looks at `signal.aborted` between steps and lets the event
 * loop breathe, since signals do not arrive while a tensor operation blocks it.
 *
 * @param say prints the one line that explains what happens now
 */
export function onInterrupt(say: (line: string) => void): Interruption {
  const controller = new AbortController();
  const listener = () => {
    if (controller.signal.aborted) endNow(errorKinds.interrupted.exit);
    say('Stopping after the current step or frame; once more ends at once.');
    controller.abort();
  };
  for (const signal of signals) process.on(signal, listener);
  return {
    signal: controller.signal,
    release() {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
