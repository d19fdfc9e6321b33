/** A disk of a few kilobytes, where the system lets us have one. */
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';

export interface SmallDisk {
  folder: string;
  /** Changes it while it is in use: `size=1m`, `ro`, `rw`. */
  remount(option: string): void;
  unmount(): void;
}

/** Mounts one at the folder; undefined where that needs rights that we do not have. */
export async function mountSmallDisk(folder: string, bytes: number): Promise<SmallDisk | undefined> {
  await mkdir(folder);
  if (process.platform !== 'linux') return undefined;
  const mount = (...args: string[]) => spawnSync('mount', args).status === 0;
  if (!mount('-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder)) return undefined;
  return {
    folder,
    remount(option) {
      if (!mount('-o', `remount,${option}`, folder))
        throw new Error(`cannot remount ${folder} with ${option}`);
    },
    unmount: () => void spawnSync('umount', ['-l', folder]),
  };
}
