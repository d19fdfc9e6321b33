/** The one place of the engine room that looks at the machine. */
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism, cpus, homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the package or clone: where package.json and scripts/ lie. The same from `src` and from `dist`. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));

/** Processor threads that this process may use. */
export function coreCount(): number {
  return availableParallelism();
}

/** The processor's name, empty where the system does not tell. */
export function processorName(): string {
  return cpus()[0]?.model ?? '';
}

/** Whether an NVIDIA driver is loaded; says nothing about CUDA's libraries. Linux only, elsewhere false. */
export function hasNvidiaDriver(): boolean {
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl');
}

/**
 * Whether the system shows a graphics card, of any maker. Says nothing about its driver's Vulkan. On macOS and Windows
 * there is always one.
 */
export function hasGraphicsCard(): boolean {
  if (process.platform !== 'linux') return true;
  // /dev/dxg: Windows' card in its Linux subsystem
  const rendering =
    existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('render'));
  return rendering || existsSync('/dev/dxg') || hasNvidiaDriver();
}

/**
 * The user's cache folder of osvos, by the habits of oclif's `config.cacheDir`: `OSVOS_CACHE_DIR`, then the
 * system's place. `scripts/setup/cache.mjs` follows the same rule (a test compares them).
 */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env.OSVOS_CACHE_DIR) return path.resolve(env.OSVOS_CACHE_DIR);
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'osvos');
  const base =
    env.XDG_CACHE_HOME || (platform === 'win32' ? env.LOCALAPPDATA : undefined) || path.join(home, '.cache');
  return path.join(base, 'osvos');
}

/** The command that sets up the native engine, as it is typed from the current folder. */
export function setupCommand(): string {
  const script = path.relative(process.cwd(), path.join(packageRoot, 'scripts', 'setup.mjs'));
  return `node ${/\s/.test(script) ? JSON.stringify(script) : script}`;
}
