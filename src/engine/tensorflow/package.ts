/** Where the package of the `tensorflow` engine lies, without loading it. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const PACKAGE = '@tensorflow/tfjs-node-gpu';
const ADDON = 'tfjs_binding.node';

export interface NativePackage {
  /** Version of the npm package. */
  version: string;
  /** The compiled addon. */
  addon: string;
}

/** Why the native package cannot even be tried. */
export interface NotInstalled {
  why: string;
}

/** Finds package and compiled addon; loads neither. */
export function findNativePackage(): NativePackage | NotInstalled {
  const require = createRequire(import.meta.url);
  let manifest: string;
  try {
    manifest = require.resolve(`${PACKAGE}/package.json`);
  } catch {
    // the only fault of resolving is that the package is not there
    return { why: `the package ${PACKAGE} is not installed` };
  }
  const lib = path.join(path.dirname(manifest), 'lib');
  const folders = existsSync(lib) ? readdirSync(lib) : [];
  const addon = folders.map((folder) => path.join(lib, folder, ADDON)).find((file) => existsSync(file));
  if (addon === undefined) return { why: `its native part (${ADDON}) is not compiled` };
  return { version: (require(manifest) as { version: string }).version, addon };
}
