#!/usr/bin/env node
// Sets osvos up in a clone: packages, build, fastest engine. Needs Node.js only, may run as often as one likes, says
// what it does. `--engine wasm` (or OSVOS_ENGINE=wasm) leaves the native engines out, `--engine all` sets up those that do
// not need a graphics card.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './setup/build.mjs';
import { cacheFolder, sweepPartials } from './setup/cache.mjs';
import { lock } from './setup/lock.mjs';
import { hasNvidiaDriver } from './setup/nvidia.mjs';
import { installPackages } from './setup/packages.mjs';
import { say, SetupError } from './setup/say.mjs';
import { keepTensorflow, setUpTensorflow } from './setup/tensorflow.mjs';
import { setUpTorch } from './setup/torch.mjs';
import { keepWebgpu, setUpWebgpu } from './setup/webgpu.mjs';

const ENGINES = ['auto', 'all', 'torch', 'tensorflow', 'webgpu', 'wasm', 'cpu'];
const INTERRUPTED = 130;
const NO_ENGINE = 5;

const root = fileURLToPath(new URL('..', import.meta.url));

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(INTERRUPTED));

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
    return await setUpEngine(engine, cache);
  } finally {
    release();
  }
}

async function setUpEngine(engine, cache) {
  if (engine === 'wasm' || engine === 'cpu') {
    say(`engine: ${engine}, as asked; the native engines are left out`);
    return 0;
  }
  if (engine === 'webgpu') return (await setUpWebgpu(root, cache)) ? 0 : missing(engine);
  if (engine === 'auto' || engine === 'all') await keepWebgpu(root, cache);
  const torch = engine === 'tensorflow' ? undefined : await setUpTorch(root, cache);
  let tensorflow = false;
  // a card that PyTorch does not reach may be one for TensorFlow
  if (engine === 'auto' && torch && (torch.device !== 'cpu' || !hasNvidiaDriver())) {
    await keepTensorflow(root, cache);
  } else if (engine !== 'torch') {
    tensorflow = await setUpTensorflow(root, cache);
  }
  if (torch || tensorflow) return 0;
  if (engine === 'torch' || engine === 'tensorflow') return missing(engine);
  say('engine: wasm will run, which is slower but always works; see docs/engines.md');
  return 0;
}

function missing(engine) {
  say(`engine: ${engine} was asked for and cannot be set up; see docs/engines.md`);
  return NO_ENGINE;
}

function wantedEngine() {
  const { values } = parseArgs({ options: { engine: { type: 'string' } } });
  const engine = values.engine ?? (process.env.OSVOS_ENGINE || 'auto');
  if (ENGINES.includes(engine)) return engine;
  process.stderr.write(`unknown engine ${engine}: use one of ${ENGINES.join(', ')}\n`);
  process.exit(2);
}
