/**
 * The addon that joins Node.js and PyTorch (osvos_torch.node), compiled from native/. It uses Node-API, so one build
 * serves all versions of Node.js; it is kept in the cache folder for other clones. Its runpath is the folder of the
 * library, hence one build for each.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { partialFolder } from './cache.mjs';
import { compileJobs, mustCompile, nodeHeaders } from './compiler.mjs';
import { findPython } from './python.mjs';
import { run } from './run.mjs';
import { say, SetupError } from './say.mjs';
import { swapIn } from './swap.mjs';

const ADDON = 'osvos_torch.node';
const DESCRIPTION = 'torch.json';

/** One file with all of ATen's headers takes about this much memory. */
const BYTES_PER_JOB = 1.5e9;
const COMPILE_TIMEOUT_MS = 20 * 60_000;
/** What compilers, linkers and node-gyp write where something is wrong. */
const COMPILE_ERROR = /\berror:|cannot find -l|undefined reference|gyp ERR! (find Python|stack Error)/;

/** Where the engine looks for the addon. */
export const addonFolder = (root) => path.join(root, 'native', 'lib');

/** SHA-256 over names and contents of what the addon is compiled from. */
export function sourcesKey(root) {
  const native = path.join(root, 'native');
  const entries = readdirSync(path.join(native, 'src'), { recursive: true, withFileTypes: true });
  const sources = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(native, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
  const hash = createHash('sha256');
  for (const file of ['binding.gyp', ...sources])
    hash.update(`${file}\0`).update(readFileSync(path.join(native, file)));
  return hash.digest('hex');
}

/**
 * What is in place; undefined when nothing is.
 *
 * @returns {{torch: string, folder: string, sources?: string} | undefined} version and folder of the library, and
 *   `sourcesKey` of its day
 */
export function readPlaced(root) {
  const place = addonFolder(root);
  if (!existsSync(path.join(place, ADDON)) || !existsSync(path.join(place, DESCRIPTION))) return undefined;
  return JSON.parse(readFileSync(path.join(place, DESCRIPTION), 'utf8'));
}

/** Where the addon for a library is kept in the cache. */
export function cachedAddon(cache, library, sources) {
  const hash = createHash('sha256').update(`${sources}\0${library.folder}`).digest('hex').slice(0, 16);
  const key = `torch-${library.version}_${hash}_${process.platform}-${process.arch}`;
  return path.join(cache, 'addons', key, ADDON);
}

/** Where it is noted that a library has been tried in vain, and why: without a note it would be at every set-up. */
export function failureNote(cache, library, sources) {
  return path.join(path.dirname(cachedAddon(cache, library, sources)), 'failed');
}

/**
 * Compiles the addon and puts it into the cache.
 *
 * @param {import('./torch-library.mjs').Library} library
 * @returns {Promise<string>} the addon's file
 */
export async function compileAddon(root, cache, library, sources) {
  await mustCompile();
  const python = await findPython(); // node-gyp is written in it
  const gyp = packageFolder(root, 'node-gyp');
  const headers = packageFolder(root, 'node-addon-api');
  say(`torch: compiling the addon against PyTorch ${library.version} (about a minute)`);
  const partial = partialFolder(cache);
  for (const name of ['binding.gyp', 'src'])
    cpSync(path.join(root, 'native', name), path.join(partial, name), { recursive: true });
  cpSync(headers, path.join(partial, 'node_modules', 'node-addon-api'), { recursive: true });
  // by a name without spaces, which make would take for several
  symlinkSync(library.folder, path.join(partial, 'torch'));
  const nodeFolder = nodeHeaders();
  const options = [
    `--jobs=${compileJobs(BYTES_PER_JOB)}`,
    `--python=${python}`,
    ...(nodeFolder === undefined ? [] : [`--nodedir=${nodeFolder}`]),
    '--',
    '-Dtorch=torch',
    `-Drunpath=${path.join(library.folder, 'lib')}`,
  ];
  const file = cachedAddon(cache, library, sources);
  const note = failureNote(cache, library, sources);
  rmSync(note, { force: true });
  try {
    await run(process.execPath, [path.join(gyp, 'bin', 'node-gyp.js'), 'rebuild', ...options], {
      cwd: partial,
      timeoutMs: COMPILE_TIMEOUT_MS,
      doing: 'compiling the addon',
      telling: COMPILE_ERROR,
    });
  } catch (error) {
    mkdirSync(path.dirname(note), { recursive: true });
    writeFileSync(note, 'the addon cannot be compiled against it');
    throw error;
  }
  mkdirSync(path.dirname(file), { recursive: true });
  renameSync(path.join(partial, 'build', 'Release', ADDON), file);
  rmSync(partial, { recursive: true, force: true });
  return file;
}

/** Puts the addon and its description where the engine looks for them; `swapIn` tells what is returned. */
export function placeAddon(root, addon, { version, folder }, sources) {
  return swapIn(addonFolder(root), (fresh) => {
    mkdirSync(fresh);
    copyFileSync(addon, path.join(fresh, ADDON));
    writeFileSync(path.join(fresh, DESCRIPTION), JSON.stringify({ torch: version, folder, sources }));
  });
}

function packageFolder(root, name) {
  try {
    return path.dirname(createRequire(path.join(root, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    // the only fault of resolving is that the package is not there
    throw new SetupError(
      `the package ${name} is not installed (npm leaves out optional packages that fail): npm ci`,
    );
  }
}
