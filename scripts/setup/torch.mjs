/** The native engine `torch`: the libraries that it can stand on, in order, and the trial that each has to pass. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hasNvidiaDriver } from './nvidia.mjs';
import { runTrial } from './run.mjs';
import { isReason, say, SetupError } from './say.mjs';
import { mend } from './swap.mjs';
import {
  addonFolder,
  cachedAddon,
  compileAddon,
  failureNote,
  placeAddon,
  readPlaced,
  sourcesKey,
} from './torch-addon.mjs';
import { fetchTorch, inspect, installedLibraries } from './torch-library.mjs';

/**
 * Sets the engine up, or says why it cannot be; never leaves half of it behind.
 *
 * @returns {Promise<{device: string} | undefined>} what it computes on; undefined when it does not work
 */
export async function setUpTorch(root, cache) {
  if (process.platform === 'win32') return void say('torch: is set up on Linux and macOS only');
  mend(addonFolder(root));
  const sources = sourcesKey(root);
  const present = await presentLibrary(root, sources);
  if (present?.ok && !(await hasBetter(present.library, { cache, sources })))
    return told(present.library, present.message);
  try {
    for await (const library of libraries(cache, present?.library)) {
      try {
        return told(library, await standOn(library, { root, cache, sources }));
      } catch (error) {
        if (!isReason(error)) throw error;
        say(`torch: ${error.message}`);
      }
    }
  } catch (error) {
    if (!isReason(error)) throw error;
    say(`torch: ${error.message}`);
  }
  if (present?.ok) {
    say('torch: stays as it was');
    return told(present.library, present.message);
  }
  // it did not pass its trial, or was compiled from other sources
  rmSync(addonFolder(root), { recursive: true, force: true });
  return undefined;
}

/** The library that the addon in place is linked to, if it is still there, and how a trial of today's addon went. */
async function presentLibrary(root, sources) {
  const placed = readPlaced(root);
  const library = placed && inspect(placed.folder).library;
  if (library === undefined) return undefined;
  if (placed.torch !== library.version || placed.sources !== sources) return { library, ok: false };
  return { library, ...(await tryEngine(root)) };
}

/** Whether the user points to another library than the one in use, or has got one for the card since. */
async function hasBetter(present, { cache, sources }) {
  const named = Boolean(process.env.OSVOS_PYTHON);
  const lacksCard = hasNvidiaDriver() && !present.cuda;
  if (!named && !lacksCard) return false;
  for await (const library of installedLibraries()) {
    if (library.folder === present.folder) return false;
    if (!named && !library.cuda) continue;
    const note = failureNote(cache, library, sources);
    if (!existsSync(note)) return true;
    const why = `${readFileSync(note, 'utf8')} (tried before; to try again remove ${note})`;
    say(`torch: the PyTorch in ${library.folder} is not used: ${why}`);
  }
  return false;
}

async function* libraries(cache, present) {
  const seen = new Set();
  for await (const library of installedLibraries()) {
    seen.add(library.folder);
    yield library;
  }
  // of an environment that is not active now
  if (present !== undefined && !seen.has(present.folder)) yield present;
  const fetched = await fetchTorch(cache);
  if (fetched.folder !== present?.folder) yield fetched;
}

/** Links the engine to a library, from the cache or compiled anew. */
async function standOn(library, { root, cache, sources }) {
  const place = async (addon) => {
    const placed = placeAddon(root, addon, library, sources);
    const result = await tryEngine(root);
    if (result.ok) placed.keep();
    else placed.undo();
    return result;
  };
  const kept = cachedAddon(cache, library, sources);
  if (existsSync(kept)) {
    const result = await place(kept);
    if (result.ok) return result.message;
    say(`torch: the addon in the cache does not work here (${result.why}), so it is compiled anew`);
    rmSync(kept);
  }
  const result = await place(await compileAddon(root, cache, library, sources));
  if (result.ok) return result.message;
  rmSync(kept);
  writeFileSync(failureNote(cache, library, sources), result.why);
  throw new SetupError(
    `the addon compiled against PyTorch ${library.version} in ${library.folder} does not work: ${result.why}`,
  );
}

function tryEngine(root) {
  return runTrial(path.join(root, 'dist', 'engine', 'torch', 'trial.js'));
}

function told(library, { device, precision }) {
  say(`torch: works (PyTorch ${library.version} on ${device}, ${precision}; ${library.folder})`);
  if (device === 'cpu' && hasNvidiaDriver()) {
    say(
      library.cuda
        ? 'torch: an NVIDIA driver is here, but PyTorch finds no CUDA card'
        : 'torch: an NVIDIA driver is here, but this PyTorch is for the processor alone: after `pip install torch` run set-up again',
    );
  }
  return { device };
}
