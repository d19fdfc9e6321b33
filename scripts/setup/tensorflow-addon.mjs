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
import { mustCompile, nodeHeaders } from './compiler.mjs';
import { run } from './run.mjs';
import { say } from './say.mjs';
import { swapIn } from './swap.mjs';
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
  const headers = nodeHeaders();
  await run(process.execPath, [program, 'install', '--build-from-source'], {
    cwd: partial,
    env: headers === undefined ? {} : { npm_config_nodedir: headers },
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
  const deps = swapIn(path.join(native.folder, 'deps'), (folder) => linkLibraries(folder, tensorflow));
  const lib = swapIn(path.join(native.folder, 'lib'), (folder) => {
    mkdirSync(path.join(folder, napiFolder()), { recursive: true });
    copyFileSync(addon, path.join(folder, napiFolder(), ADDON));
  });
  const both = (step) => () => [deps, lib].forEach((swapped) => swapped[step]());
  return { undo: both('undo'), keep: both('keep') };
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
