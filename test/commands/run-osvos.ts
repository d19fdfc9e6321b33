import { run } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { sourceConfig } from '../../src/terminal/source-config.js';
import { describeFailure, viewOf } from '../../src/terminal/exit.js';

export interface Outcome {
  exit: number;
  stdout: string;
  stderr: string;
  error?: Error;
}

/** Runs a command of the sources in this process: what it prints and the exit code that it would end with. */
export async function runOsvos(...args: string[]): Promise<Outcome> {
  const config = await sourceConfig();
  const { stdout, stderr, error } = await captureOutput(async () => run(args, config), {
    testNodeEnv: 'production',
  });
  if (!error) return { exit: 0, stdout, stderr };
  const failure = describeFailure(error, viewOf(args));
  return { exit: failure.exit, stdout: stdout + failure.stdout, stderr: stderr + failure.stderr, error };
}
