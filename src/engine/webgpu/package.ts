/** Where the two packages of the `webgpu` engine lie, without loading them. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../machine.js';

export interface WebgpuPackage {
  /** Dawn's compiled addon. */
  addon: string;
  /** Version of Dawn's npm package. */
  version: string;
  /** Has `node_modules/` with both packages, the addon for this system alone. */
  folder: string;
}

/** Why the packages cannot even be tried. */
export interface NotFetched {
  why: string;
}

/** Set-up puts the packages here: below the project, so that they find its TensorFlow.js. */
export const webgpuFolder = path.join(packageRoot, 'native', 'lib-webgpu');

export function findWebgpuPackage(folder = webgpuFolder): WebgpuPackage | NotFetched {
  const dawn = path.join(folder, 'node_modules', 'webgpu');
  const system = process.platform === 'darwin' ? 'darwin-universal' : `${process.platform}-${process.arch}`;
  const addon = path.join(dawn, 'dist', system, 'dawn.node');
  const backend = path.join(folder, 'node_modules', '@tensorflow', 'tfjs-backend-webgpu', 'package.json');
  if (!existsSync(addon) || !existsSync(backend)) return { why: 'its packages are not installed' };
  const { version } = JSON.parse(readFileSync(path.join(dawn, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { addon, version, folder };
}
