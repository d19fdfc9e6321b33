/** The native engine `tensorflow`: the ways to it, in order, and the trial that each has to pass. */
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { hasNvidiaDriver } from './nvidia.mjs';
import { runTrial } from './run.mjs';
import { isReason, say, SetupError } from './say.mjs';
import { ADDON, cachedAddon, compileAddon, placeAddon } from './tensorflow-addon.mjs';
import { removeNative, runOwnDownload } from './tensorflow-download.mjs';
import { fetchTensorflow, isFetched } from './tensorflow-wheel.mjs';

/**
 * Sets the engine up, or says why it cannot be; never leaves half of it behind.
 *
 * @returns {Promise<boolean>} whether `tensorflow` works now
 */
export async function setUpTensorflow(root, cache) {
  const native = findNative(root);
  if (native === undefined) {
    say(
      'tensorflow: the package @tensorflow/tfjs-node-gpu is not installed (npm leaves out optional packages that fail)',
    );
    return false;
  }
  const wanted = hasNvidiaDriver() ? 'cuda' : 'cpu';
  const present = await tryEngine(root, native);
  if (present.ok && (present.message.device === wanted || wanted === 'cpu' || variantOf(native) === 'cuda')) {
    say(`tensorflow: works (${described(present)})`);
    return true;
  }
  for (const way of [() => byWheel(root, cache, native, wanted), () => byOwnDownload(root, native)]) {
    try {
      say(`tensorflow: works (${described(await way())})`);
      return true;
    } catch (error) {
      if (!isReason(error)) throw error;
      say(`tensorflow: ${error.message}`);
      if (present.ok) {
        say(`tensorflow: stays as it was (${described(present)})`);
        return true;
      }
    }
  }
  return false;
}

/**
 * For machines where a faster engine works: keeps this one working where it is in place or at least in the cache, and
 * downloads nothing.
 */
export async function keepTensorflow(root, cache) {
  const native = findNative(root);
  const fetched = ['cuda', 'cpu'].find((variant) => isFetched(cache, variant));
  if (native === undefined || (!isPlaced(native) && fetched === undefined)) {
    return say('tensorflow: left out, as torch works; `--engine all` sets it up too');
  }
  const present = await tryEngine(root, native);
  if (present.ok) return say(`tensorflow: works (${described(present)})`);
  try {
    if (fetched === undefined) throw new SetupError(`no longer works (${present.why})`);
    say(`tensorflow: works (${described(await byWheel(root, cache, native, fetched))})`);
  } catch (error) {
    if (!isReason(error)) throw error;
    say(`tensorflow: ${error.message}; torch works, so it is left at that: \`--engine all\` sets it up anew`);
  }
}

async function byWheel(root, cache, native, variant) {
  if (process.platform !== 'linux') throw new SetupError('TensorFlow’s wheel is used on Linux only');
  const tensorflow = await fetchTensorflow(cache, variant);
  const kept = cachedAddon(cache, native.version);
  if (existsSync(kept)) {
    const result = await place(root, native, kept, tensorflow);
    if (result.ok) return result;
    say(`tensorflow: the addon in the cache does not work here (${result.why}), so it is compiled anew`);
    rmSync(kept);
  }
  const result = await place(root, native, await compileAddon(cache, native, tensorflow), tensorflow);
  if (result.ok) return result;
  rmSync(kept);
  throw new SetupError(`the compiled addon does not work: ${result.why}`);
}

async function byOwnDownload(root, native) {
  await runOwnDownload(native);
  const result = await tryEngine(root, native);
  if (result.ok) return result;
  removeNative(native);
  throw new SetupError(`what tfjs-node downloaded does not work: ${result.why}`);
}

async function place(root, native, addon, tensorflow) {
  const placed = placeAddon(native, addon, tensorflow);
  const result = await tryEngine(root, native);
  if (result.ok) placed.keep();
  else placed.undo();
  return result;
}

function tryEngine(root, native) {
  if (!isPlaced(native)) return { ok: false, why: 'not compiled' };
  return runTrial(path.join(root, 'dist', 'engine', 'tensorflow', 'trial.js'));
}

function isPlaced(native) {
  const lib = path.join(native.folder, 'lib');
  return existsSync(lib) && readdirSync(lib).some((name) => existsSync(path.join(lib, name, ADDON)));
}

/** Which libraries the package is linked to. */
function variantOf(native) {
  const library = path.join(native.folder, 'deps', 'lib', 'libtensorflow.so.2');
  return existsSync(library) && realpathSync(library).includes('-cuda') ? 'cuda' : 'cpu';
}

function findNative(root) {
  let manifest;
  try {
    manifest = createRequire(path.join(root, 'package.json')).resolve(
      '@tensorflow/tfjs-node-gpu/package.json',
    );
  } catch {
    return undefined; // not installed is an answer
  }
  const folder = path.dirname(manifest);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  return { folder, version, modules: path.dirname(path.dirname(folder)) };
}

function described({ message }) {
  return `TensorFlow ${message.version} on ${message.device}`;
}
