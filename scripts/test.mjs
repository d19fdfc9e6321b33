// `npm test`: sets up, then checks types, lint, rooms, and runs the tests; `--data` runs those on real data only. Works in
// a fresh clone, hence Node built-ins only. Ends with the line `N passed, N failed`, fails when no test ran.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'osvos-test-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const counts = path.join(folder, 'counts.json');
let stop = () => {};
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stop();
    process.exit(130);
  });
}

const bin = (...parts) => path.join('node_modules', ...parts);
const mocha = [bin('mocha', 'bin', 'mocha.js'), '--reporter', path.join('scripts', 'mocha-counts.cjs')];
// real data are read at their own pace
const dataTimeout = ['--timeout', '600000'];

const checks = [
  { name: 'types', args: [bin('typescript', 'bin', 'tsc'), '--noEmit'] },
  { name: 'lint', args: [bin('eslint', 'bin', 'eslint.js'), '.'] },
  { name: 'format', args: [bin('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'] },
  { name: 'rooms', args: [path.join('scripts', 'check-rooms.mjs')] },
];
const tests = process.argv.includes('--data')
  ? { name: 'data tests', args: [...mocha, ...dataTimeout, 'test/**/*.data-test.ts'] }
  : { name: 'tests', args: [...mocha, 'test/**/*.test.ts'] };

// all engines are tested, unless one was asked for
const engines = process.env.OSVOS_ENGINE ? [] : ['--engine', 'all'];
const setUp = await step({ name: 'set-up', args: [path.join('scripts', 'setup.mjs'), ...engines] });
if (!setUp.ok) finish([setUp]);
const results = [setUp];
if (!process.argv.includes('--data')) for (const check of checks) results.push(await step(check));
results.push(await step(tests));
finish(results);

/** Runs one program, with its output as it comes. */
function step({ name, args }) {
  console.log(`\n── ${name}`);
  const from = Date.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      // one thread each: threads that wait for each other crawl where they share their cores
      env: { CI: '1', ...process.env, OSVOS_TEST_COUNTS: counts },
    });
    // whoever ends this process ends the step too
    stop = () => child.kill();
    child.on('close', (code) => resolve({ name, ok: code === 0, seconds: (Date.now() - from) / 1000 }));
  });
}

function finish(results) {
  const { passes, failures, pending } = readCounts();
  console.log('');
  for (const { name, ok, seconds } of results) {
    console.log(`${name.padEnd(10)} ${ok ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(6)} s`);
  }
  if (pending > 0) console.log(`${pending} tests were skipped`);
  if (passes + failures === 0) console.log('no test ran');
  console.log(`${passes} passed, ${failures} failed`);
  process.exit(results.every(({ ok }) => ok) && failures === 0 && passes > 0 ? 0 : 1);
}

function readCounts() {
  try {
    return JSON.parse(readFileSync(counts, 'utf8'));
  } catch {
    return { passes: 0, failures: 0, pending: 0 }; // mocha did not come to its end: no test ran
  }
}
