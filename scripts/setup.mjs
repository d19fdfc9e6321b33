#!/usr/bin/env node
// Sets osvos up in a clone: packages, build, fastest engine. Needs Node.js only, may run as often as one likes, says
// what it does. `--engine wasm` (or OSVOS_ENGINE=wasm) leaves the native engine out.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './setup/build.mjs';
import { cacheFolder, sweepPartials } from './setup/cache.mjs';
import { lock } from './setup/lock.mjs';
import { setUpNative } from './setup/native.mjs';
import { installPackages } from './setup/packages.mjs';
import { say, SetupError } from './setup/say.mjs';

const ENGINES = ['auto', 'tensorflow', 'wasm', 'cpu'];
const INTERRUPTED = 130;
const NO_ENGINE = 5;

const root = fileURLToPath(new URL('..', import.meta.url));

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(INTERRUPTED));

try {
  process.exitCode = await setUp(wantedEngine());
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

async function setUp(engine) {
  const cache = cacheFolder();
  let release = () => {};
  try {
    release = await lock(cache);
  } catch (error) {
    if (error instanceof SetupError) throw error;
    say(`the cache folder cannot be used (${error.message}); OSVOS_CACHE_DIR names another`);
  }
  try {
    sweepPartials(cache);
    // an installed package has neither sources nor a lock file: only the engine is left to do
    if (existsSync(path.join(root, 'src'))) {
      await installPackages(root);
      await build(root);
    }
    if (engine === 'wasm' || engine === 'cpu') {
      say(`engine: ${engine}, as asked; the native engine is left out`);
      return 0;
    }
    if (await setUpNative(root, cache)) return 0;
    if (engine === 'tensorflow') {
      say('engine: tensorflow was asked for and cannot be set up; see docs/engines.md');
      return NO_ENGINE;
    }
    say('engine: wasm will run, which is slower but always works; see docs/engines.md');
    return 0;
  } finally {
    release();
  }
}

function wantedEngine() {
  const { values } = parseArgs({ options: { engine: { type: 'string' } } });
  const engine = values.engine ?? (process.env.OSVOS_ENGINE || 'auto');
  if (ENGINES.includes(engine)) return engine;
  process.stderr.write(`unknown engine ${engine}: use one of ${ENGINES.join(', ')}\n`);
  process.exit(2);
}
