/** What set-up tells the user: one line for each thing done, on stderr, because stdout belongs to results. */
const started = Date.now();

/** Prints one line, with the seconds since the start. */
export function say(text) {
  const seconds = ((Date.now() - started) / 1000).toFixed(0).padStart(4);
  process.stderr.write(`set-up ${seconds} s  ${text}\n`);
}

/** A failure whose reason and remedy the user can read; no stack trace. */
export class SetupError extends Error {}

/** Whether an error is for the user to read: a file that cannot be written is one, anything else is a fault of set-up. */
export function isReason(error) {
  return error instanceof SetupError || error.syscall !== undefined;
}
