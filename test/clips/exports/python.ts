/** Python as another reader of what is written. */
import { spawnSync } from 'node:child_process';
import type { Context } from 'mocha';

/** Leaves a test out where python3 is missing, and says so. */
export function skipWithoutPython(context: Context): void {
  if (spawnSync('python3', ['-c', '']).status === 0) return;
  console.log('      python3 not installed: left out');
  context.skip();
}

/** What a program prints. */
export function python(code: string, ...args: string[]): string {
  const options = { env: { ...process.env, PYTHONIOENCODING: 'utf-8' } };
  const { status, stdout, stderr } = spawnSync('python3', ['-c', code, ...args], options);
  if (status !== 0) throw new Error(stderr.toString());
  return stdout.toString().trim();
}
