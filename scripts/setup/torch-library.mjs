/**
 * PyTorch's C++ library: the one of an installed Python package, else out of a wheel for the processor, unpacked into
 * the user's cache folder as `torch-<version>/torch/`, in the package's own layout (`include/`, `lib/`, `version.py`).
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { partialFolder } from './cache.mjs';
import { findPip, mustHaveSpace, pipDownload, pythons, unpack } from './python.mjs';
import { run } from './run.mjs';
import { say, SetupError } from './say.mjs';

/**
 * @typedef {object} Library
 * @property {string} folder the package's, with `include/` and `lib/`
 * @property {string} version such as `2.13.0+cpu`
 * @property {boolean} cuda whether it is built for NVIDIA's cards
 */

/** The version that is downloaded, and the oldest that is used where it is installed. */
export const TORCH = '2.13.0';
const OLDEST = [2, 8];

/** Bytes for wheel and unpacked library together. */
const SPACE = 0.8e9;
/** Builds for the processor alone have names of their own on Linux: the plain name takes gigabytes of CUDA. */
const SPEC = `torch==${TORCH}${process.platform === 'linux' ? '+cpu' : ''}`;
/** Where pip looks: as its user has configured it, then PyTorch's own index, as the common one has no such builds. */
const INDEXES =
  process.platform === 'linux' ? [[], ['--index-url', 'https://download.pytorch.org/whl/cpu']] : [[]];
const CONTENT = {
  // some builds carry the libraries that these need in a folder of their own
  wanted: ['torch/include/', 'torch/lib/', 'torch/version.py', 'torch/.dylibs/', 'torch.libs/'],
  // for Python and its tests
  unwanted: ['torch_python', 'shm', 'backend_with', 'jitbackend', 'torchbind', 'aoti_custom'].map(
    (name) => `torch/lib/lib${name}`,
  ),
};
const library = (name) => path.join('lib', `lib${name}.${process.platform === 'darwin' ? 'dylib' : 'so'}`);

/** Prints the folder of the package without importing it, which would take seconds. */
const FIND = `
import importlib.util, os, sys
# a folder named torch where the user stands is not the package
sys.path = [folder for folder in sys.path if folder != '']
found = importlib.util.find_spec('torch')
print(os.path.dirname(found.origin) if found and found.origin else '')
`;
/** How a compiler with the C++ ABI of today names a constructor in libc10 that takes a string. */
const TODAYS_ABI = 'c105ErrorC1ENS_14SourceLocationENSt7__cxx1112basic_string';

/**
 * The installed ones that fit, the one of `OSVOS_PYTHON` first; says why one does not.
 *
 * @returns {AsyncGenerator<Library>}
 */
export async function* installedLibraries() {
  const seen = new Set(['']);
  for (const python of pythons()) {
    const folder = await folderIn(python);
    if (python === process.env.OSVOS_PYTHON && folder === '') {
      say(`torch: OSVOS_PYTHON names ${python}, which has no PyTorch (${python} -m pip install torch)`);
    }
    if (seen.has(folder)) continue;
    seen.add(folder);
    const { library, why } = inspect(folder);
    if (library) yield library;
    else say(`torch: the PyTorch in ${folder} is not used: it ${why}`);
  }
}

async function folderIn(python) {
  try {
    return (await run(python, ['-c', FIND], { timeoutMs: 20_000 })).trim();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return ''; // a Python that is not there has no PyTorch
  }
}

/**
 * Looks at a package's files.
 *
 * @returns {{library: Library, why?: undefined} | {library?: undefined, why: string}} `why` in words that follow "it"
 */
export function inspect(folder) {
  const versionFile = path.join(folder, 'version.py');
  const text = existsSync(versionFile) ? readFileSync(versionFile, 'utf8') : '';
  const version = /^__version__\b[^=\n]*=\s*['"]([^'"]+)['"]/m.exec(text)?.[1];
  if (version === undefined) return { why: 'does not tell its version' };
  const [major, minor] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return { why: `is ${version}, and at least ${OLDEST.join('.')} is needed` };
  }
  const needed = [path.join('include', 'ATen', 'ATen.h'), ...['c10', 'torch_cpu', 'torch'].map(library)];
  const lacking = needed.find((file) => !existsSync(path.join(folder, file)));
  if (lacking !== undefined) return { why: `lacks ${lacking}` };
  if (process.platform === 'linux' && !readFileSync(path.join(folder, library('c10'))).includes(TODAYS_ABI)) {
    return { why: 'is built with the old C++ ABI' };
  }
  return { library: { folder, version, cuda: existsSync(path.join(folder, library('torch_cuda'))) } };
}

/**
 * The library in the cache, downloaded if it is not there.
 *
 * @returns {Promise<Library>}
 */
export async function fetchTorch(cache) {
  const folder = path.join(cache, `torch-${TORCH}`);
  const kept = inspect(path.join(folder, 'torch')).library;
  if (kept !== undefined) return kept;
  const python = await findPip();
  const partial = partialFolder(cache);
  mustHaveSpace(cache, SPACE);
  say(`torch: downloading PyTorch ${TORCH} for the processor by pip (0.2 GB), once for all clones`);
  const wheels = path.join(partial, 'wheels');
  await download(python, wheels);
  const [wheel] = readdirSync(wheels).map((name) => path.join(wheels, name));
  const content = path.join(partial, 'content');
  await unpack(python, wheel, content, CONTENT);
  const { why } = inspect(path.join(content, 'torch'));
  if (why !== undefined) throw new SetupError(`the downloaded PyTorch ${TORCH} cannot be used: it ${why}`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(content, folder);
  rmSync(partial, { recursive: true, force: true });
  return inspect(path.join(folder, 'torch')).library;
}

async function download(python, folder) {
  let failure;
  for (const index of INDEXES) {
    try {
      return await pipDownload(python, folder, [SPEC], index);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      failure = error;
    }
  }
  throw failure;
}
