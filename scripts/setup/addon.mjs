/**
 * The addon that joins Node.js and TensorFlow (tfjs_binding.node), compiled from the sources in the npm package. It
 * uses Node-API, so one build serves all versions of Node.js; it is kept in the cache folder for other clones.
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { partialFolder } from './cache.mjs';
import { answers, run } from './run.mjs';
import { say, SetupError } from './say.mjs';
import { TENSORFLOW } from './tensorflow-wheel.mjs';

export const ADDON = 'tfjs_binding.node';

/** Names under which the addon and tfjs-node look for the libraries → names in the wheel. */
const LINKS = {
  'libtensorflow.so': 'libtensorflow_cc.so.2', // exports the whole C interface
  'libtensorflow.so.2': 'libtensorflow_cc.so.2',
  'libtensorflow_cc.so.2': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
  'libtensorflow_framework.so.2': 'libtensorflow_framework.so.2',
};

/** Folder `lib/<this>` of the addon; tfjs-node 4.22 names Node-API 3 to 8. */
const napiFolder = () => `napi-v${Math.min(Number(process.versions.napi), 8)}`;

/** Where the compiled addon is kept in the cache. */
export function cachedAddon(cache, tfjsVersion) {
  const key = `tfjs-${tfjsVersion}_tensorflow-${TENSORFLOW}_${napiFolder()}_${process.platform}-${process.arch}`;
  return path.join(cache, 'addons', key, ADDON);
}

/**
 * Compiles the addon and puts it into the cache.
 *
 * @param {{folder: string, version: string}} native the npm package
 * @param {string} tensorflow folder of the libraries
 * @returns {Promise<string>} the addon's file
 */
export async function compileAddon(cache, native, tensorflow) {
  await mustCompile();
  say(`tensorflow: compiling the addon of tfjs-node ${native.version} against TensorFlow ${TENSORFLOW}`);
  const partial = partialFolder(cache);
  for (const name of ['package.json', 'binding.gyp', 'binding']) {
    cpSync(path.join(native.folder, name), path.join(partial, name), { recursive: true });
  }
  linkLibraries(path.join(partial, 'deps'), tensorflow);
  const builder = createRequire(path.join(native.folder, 'package.json')).resolve(
    '@mapbox/node-pre-gyp/package.json',
  );
  const program = path.join(path.dirname(builder), 'bin', 'node-pre-gyp');
  await run(process.execPath, [program, 'install', '--build-from-source'], {
    cwd: partial,
    env: nodeHeaders(),
    doing: 'compiling the addon',
  });
  const file = cachedAddon(cache, native.version);
  mkdirSync(path.dirname(file), { recursive: true });
  const [compiled] = readdirSync(path.join(partial, 'lib')).map((name) =>
    path.join(partial, 'lib', name, ADDON),
  );
  renameSync(compiled, file);
  rmSync(partial, { recursive: true, force: true });
  return file;
}

/**
 * Puts links to the libraries and the addon into the npm package; what was there comes back by `undo`.
 *
 * @returns {{undo: () => void, keep: () => void}} exactly one of them is to be called
 */
export function placeAddon(native, addon, tensorflow) {
  const undos = [];
  const keeps = [];
  const replace = (place, make) => {
    const fresh = `${place}.partial`;
    const old = `${place}.old`;
    for (const leftover of [fresh, old]) rmSync(leftover, { recursive: true, force: true });
    make(fresh);
    const existed = existsSync(place);
    if (existed) renameSync(place, old);
    renameSync(fresh, place);
    undos.push(() => {
      rmSync(place, { recursive: true, force: true });
      if (existed) renameSync(old, place);
    });
    keeps.push(() => rmSync(old, { recursive: true, force: true }));
  };
  replace(path.join(native.folder, 'deps'), (deps) => linkLibraries(deps, tensorflow));
  replace(path.join(native.folder, 'lib'), (lib) => {
    mkdirSync(path.join(lib, napiFolder()), { recursive: true });
    copyFileSync(addon, path.join(lib, napiFolder(), ADDON));
  });
  const all = (steps) => () => steps.forEach((step) => step());
  return { undo: all(undos), keep: all(keeps) };
}

function linkLibraries(deps, tensorflow) {
  const source = path.join(tensorflow, 'tensorflow');
  mkdirSync(path.join(deps, 'lib'), { recursive: true });
  symlinkSync(path.join(source, 'include'), path.join(deps, 'include'));
  for (const [link, file] of Object.entries(LINKS))
    symlinkSync(path.join(source, file), path.join(deps, 'lib', link));
  // TensorFlow looks for CUDA in ../nvidia, seen from the folder by which it was loaded
  const nvidia = path.join(tensorflow, 'nvidia');
  if (existsSync(nvidia)) symlinkSync(nvidia, path.join(deps, 'nvidia'));
}

async function mustCompile() {
  const compiler = process.env.CXX ?? 'c++';
  if ((await answers(compiler, ['--version'])) && (await answers('make', ['--version']))) return;
  throw new SetupError(
    'a C++ compiler with make is missing (on Debian and Ubuntu: sudo apt-get install g++ make)',
  );
}

/** Node's headers, where they are installed beside it; else node-gyp downloads them. */
function nodeHeaders() {
  const prefix = path.dirname(path.dirname(process.execPath));
  return existsSync(path.join(prefix, 'include', 'node', 'node_api.h')) ? { npm_config_nodedir: prefix } : {};
}
