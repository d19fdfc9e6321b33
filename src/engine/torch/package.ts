/** Where the compiled addon lies, and what it was compiled against, without loading it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../machine.js';

export interface TorchPackage {
  /** The compiled addon. */
  addon: string;
  /** PyTorch's version. */
  version: string;
}

/** Set-up writes this file beside the addon. */
interface Stored {
  /** Version and folder of the PyTorch that it is linked to. */
  torch: string;
  folder: string;
}

/** Folder of the addon and of `torch.json`. */
export const addonFolder = path.join(packageRoot, 'native', 'lib');

/** Why the addon cannot even be tried. */
export interface NotBuilt {
  why: string;
}

export function findTorchPackage(folder = addonFolder): TorchPackage | NotBuilt {
  const addon = path.join(folder, 'osvos_torch.node');
  const description = path.join(folder, 'torch.json');
  if (!existsSync(addon) || !existsSync(description)) return { why: 'its native part is not compiled' };
  const stored = JSON.parse(readFileSync(description, 'utf8')) as Stored;
  if (!existsSync(stored.folder)) return { why: `PyTorch ${stored.torch} is no more in ${stored.folder}` };
  return { addon, version: stored.torch };
}
