/**
 * The process of one row: starts an engine, measures it on a case and prints a `Measurement`.
 *
 *     npx tsx bench/engine/child.ts CASE.safetensors --engine tensorflow --precision f32 --threads 1 --iterations 5 [--profile]
 *
 * Ends with 5 and the reason where the engine does not start.
 */
import { parseArgs } from 'node:util';
import { OsvosError } from '../../src/errors.js';
import { measure, type Measurement } from './measure.js';
import { profileOf } from './profile.js';
import { startExactly } from './start-exactly.js';
import { parseCount, type Precision } from './subjects.js';
import { openWork } from './work.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: 'string', default: 'tensorflow' },
    precision: { type: 'string', default: 'f32' },
    threads: { type: 'string', default: '1' },
    iterations: { type: 'string', default: '5' },
    profile: { type: 'boolean', default: false },
  },
});

try {
  const engine = await startExactly(values.engine, values.precision as Precision, parseCount(values.threads));
  const work = await openWork(positionals[0]);
  const profile = values.profile ? profileOf(engine.name) : null;
  const figures = await measure(work, parseCount(values.iterations), profile);
  console.log(JSON.stringify({ ...figures, version: engine.version } satisfies Measurement));
  process.exit(0); // the engine's threads would keep the process alive
} catch (error) {
  if (!(error instanceof OsvosError) || error.code !== 'engine') throw error;
  console.error(error.what);
  process.exit(error.exit);
}
