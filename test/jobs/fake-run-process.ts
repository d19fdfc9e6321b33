/** Runs the fake method in a process of its own, which tests kill: `node --import tsx fake-run-process.ts '<FakeRun>'`. */
import { OsvosError } from '../../src/errors.js';
import { onInterrupt } from '../../src/terminal/interrupt.js';
import { runFake, type FakeRun } from './run-fake.js';

const { signal, release } = onInterrupt((line) => console.error(line));
try {
  await runFake({ ...(JSON.parse(process.argv[2]) as FakeRun), signal });
} catch (error) {
  if (!(error instanceof OsvosError)) throw error;
  process.exitCode = error.exit;
} finally {
  release();
}
