import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** An empty cache folder for each test of a suite, in place of the user's. */
export function useOwnCache(): { folder: () => string } {
  let folder: string;
  let before: string | undefined;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'osvos-cache-'));
    before = process.env.OSVOS_CACHE_DIR;
    process.env.OSVOS_CACHE_DIR = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env.OSVOS_CACHE_DIR;
    else process.env.OSVOS_CACHE_DIR = before;
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder: () => folder };
}
