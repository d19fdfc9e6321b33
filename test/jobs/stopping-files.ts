/**
 * Stops work at its n-th change of the file system, as a kill or a full disk would: the change is left undone or half
 * done, and so are all that come after it. Kills happen within this process: the work simply never goes on.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

export interface Stop {
  /** The change that is hit, counted from 0. */
  at: number;
  /** `kill`: nothing is heard of the work any more; `full`: writes fail from there on as on a full disk. */
  by: 'kill' | 'full';
}

export type Stopped<T> = { stopped: 'never'; result: T } | { stopped: 'killed' };

interface Watch {
  stop: Stop;
  changes: number;
  /** Files that are open: the end of a process closes them. */
  handles: files.FileHandle[];
  killed: () => void;
}

const watched = new AsyncLocalStorage<Watch>();
const original = { ...files };

/** Puts watching functions in the place of those of `node:fs/promises`, for everybody. */
export function watchFiles(): void {
  const half = (content: unknown) => {
    const whole = content as string | Uint8Array;
    return whole.slice(0, Math.floor(whole.length / 2));
  };
  files.writeFile = (file, content, ...rest) =>
    hit({
      whole: () => original.writeFile(file, content, ...rest),
      half: () => original.writeFile(file, half(content)),
      grows: true,
    });
  files.mkdir = ((...args: Parameters<typeof files.mkdir>) =>
    hit({ whole: () => original.mkdir(...args), grows: true })) as typeof files.mkdir;
  files.rename = (...args) => hit({ whole: () => original.rename(...args) });
  files.rm = (...args) => hit({ whole: () => original.rm(...args) });
  files.rmdir = (...args) => hit({ whole: () => original.rmdir(...args) });
  files.open = async (...args) => {
    const handle = await original.open(...args);
    watched.getStore()?.handles.push(handle);
    const append = handle.appendFile.bind(handle);
    handle.appendFile = (content, ...rest) =>
      hit({ whole: () => append(content, ...rest), half: () => append(half(content)), grows: true });
    return handle;
  };
  syncBuiltinESMExports();
}

export function unwatchFiles(): void {
  Object.assign(files, original);
  syncBuiltinESMExports();
}

/** Runs work until the stop, or to its end where that comes first. Errors are the work's own. */
export function runUntil<T>(stop: Stop, work: () => Promise<T>): Promise<Stopped<T>> {
  return new Promise((resolve, reject) => {
    const handles: files.FileHandle[] = [];
    const killed = () => {
      Promise.all(handles.map((handle) => handle.close())).then(() => resolve({ stopped: 'killed' }), reject);
    };
    const watch = { stop, changes: 0, handles, killed };
    watched.run(watch, work).then((result) => resolve({ stopped: 'never', result }), reject);
  });
}

interface Change<T> {
  whole: () => Promise<T>;
  /** What of it is done when it is hit; nothing where it is left out. */
  half?: () => Promise<void>;
  /** Whether a full disk prevents it. */
  grows?: boolean;
}

async function hit<T>({ whole, half, grows = false }: Change<T>): Promise<T> {
  const watch = watched.getStore();
  if (!watch) return whole();
  const { stop } = watch;
  const number = watch.changes++;
  if (number < stop.at || (stop.by === 'full' && !grows)) return whole();
  if (number === stop.at) await half?.();
  if (stop.by === 'full') {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }
  watch.killed();
  return new Promise(() => undefined); // for ever
}
