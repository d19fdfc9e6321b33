import { homedir } from 'node:os';
import path from 'node:path';

/**
 * Folder for weights that the user imports: `OSVOS_DATA_DIR`, else what the system calls a program's data folder
 * (XDG on Linux and macOS, LOCALAPPDATA on Windows). The rule is oclif's for `config.dataDir`, so that jobs and
 * methods need no command to know it.
 */
export function userWeightsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { OSVOS_DATA_DIR, XDG_DATA_HOME, LOCALAPPDATA } = environment;
  if (OSVOS_DATA_DIR) return path.join(OSVOS_DATA_DIR, 'weights');
  const windows = process.platform === 'win32' ? LOCALAPPDATA : undefined;
  return path.join(XDG_DATA_HOME || windows || path.join(homedir(), '.local', 'share'), 'osvos', 'weights');
}
