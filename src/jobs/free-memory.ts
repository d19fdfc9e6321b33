/** How much memory this process can still take before the system ends it or starts to swap. */
import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import path from 'node:path';

/** Reads a text file; undefined where there is none or it cannot be read. */
export type ReadText = (file: string) => string | undefined;

/** A limit above this is none: cgroups of version 1 say "no limit" by a number near 2^63. */
const NO_LIMIT = 2 ** 60;

/**
 * Bytes. On Linux what the kernel calls available (`MemAvailable`: free, and what it can take back from files that it
 * keeps in memory), or what a limit of the process's control groups (versions 1 and 2) leaves where that is less. On
 * Windows the free bytes. Elsewhere all of the machine's memory: macOS counts as free hardly anything, and takes
 * back what it needs.
 */
export function freeMemory(platform: NodeJS.Platform = process.platform, read: ReadText = readText): number {
  if (platform === 'win32') return freemem();
  if (platform !== 'linux') return totalmem();
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(read('/proc/meminfo') ?? '');
  return Math.min(available ? Number(available[1]) * 1024 : freemem(), ...controlGroupRooms(read));
}

/** What each limit leaves, from the process's own group up to the root. */
function controlGroupRooms(read: ReadText): number[] {
  const rooms: number[] = [];
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (group === undefined) continue;
    if (controllers === '') {
      const files = { limit: 'memory.max', used: 'memory.current', cached: 'inactive_file' };
      rooms.push(...roomsUpwards('/sys/fs/cgroup', group, files, read));
    } else if (controllers.split(',').includes('memory')) {
      const files = {
        limit: 'memory.limit_in_bytes',
        used: 'memory.usage_in_bytes',
        cached: 'total_inactive_file',
      };
      rooms.push(...roomsUpwards('/sys/fs/cgroup/memory', group, files, read));
    }
  }
  return rooms;
}

interface GroupFiles {
  limit: string;
  used: string;
  /** Line of memory.stat with the bytes of cached files that the kernel gives up first. */
  cached: string;
}

/** In a container the group's own path is often not there, since its folder is mounted as the root. */
function roomsUpwards(root: string, group: string, files: GroupFiles, read: ReadText): number[] {
  const rooms: number[] = [];
  for (let folder = group; ; folder = path.posix.dirname(folder)) {
    const at = (file: string) => read(path.posix.join(root, folder, file))?.trim();
    const limit = Number(at(files.limit) ?? NaN); // "max" is none
    const used = Number(at(files.used) ?? NaN);
    if (limit < NO_LIMIT && used >= 0) {
      const cached = new RegExp(`^${files.cached} (\\d+)$`, 'm').exec(at('memory.stat') ?? '');
      rooms.push(Math.max(0, limit - used + Number(cached?.[1] ?? 0)));
    }
    if (folder === '/') return rooms;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // no such controller or file here: then it sets no limit
  }
}
