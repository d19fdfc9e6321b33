/**
 * TensorFlow's C library out of its Python wheel, into the user's cache folder. Layout there:
 * `tensorflow-<version>[-cuda]/tensorflow/` (two libraries and a few headers) and, for CUDA, `…/nvidia/` beside it,
 * where the library looks for it.
 */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { partialFolder } from './cache.mjs';
import { findPip, mustHaveSpace, pipDownload, unpack } from './python.mjs';
import { run } from './run.mjs';
import { say, SetupError } from './say.mjs';

/** The version that the addon was tested with. */
export const TENSORFLOW = '2.21.0';

const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
/** The addon includes tensorflow/c/c_api.h and tensorflow/c/eager/c_api.h; these hold all that they include. */
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/ctstring', 'tsl/platform/ctstring', 'xla/tsl/c/'];

/** Bytes for wheel and unpacked libraries together. */
const SPACE = { cpu: 1.3e9, cuda: 9e9 };
const WHEEL_SIZE = { cpu: '0.3 GB', cuda: '3 GB' };

/**
 * @param {string} cache
 * @param {'cpu' | 'cuda'} variant
 * @returns {Promise<string>} the folder with `tensorflow/` in it
 */
export async function fetchTensorflow(cache, variant) {
  const folder = folderOf(cache, variant);
  if (isComplete(folder, variant)) {
    say(`tensorflow: libraries of ${TENSORFLOW} are in ${folder}`);
    return folder;
  }
  const python = await findPip();
  const partial = partialFolder(cache);
  mustHaveSpace(cache, SPACE[variant]);
  say(
    `tensorflow: downloading TensorFlow ${TENSORFLOW} for ${variant} by pip (${WHEEL_SIZE[variant]}), once for all clones`,
  );
  const wheels = path.join(partial, 'wheels');
  await pipDownload(python, wheels, [wheelName(variant)]);
  const [wheel] = readdirSync(wheels).map((name) => path.join(wheels, name));
  const content = path.join(partial, 'content');
  const wanted = [...LIBRARIES, ...HEADERS.map((header) => `include/${header}`)].map(
    (name) => `tensorflow/${name}`,
  );
  await unpack(python, wheel, content, { wanted });
  if (variant === 'cuda') {
    const specs = (await run(python, ['-c', CUDA_REQUIREMENTS, wheel]))
      .split('\n')
      .filter((line) => line !== '');
    say(`tensorflow: downloading ${specs.length} packages of CUDA libraries`);
    const cudaWheels = path.join(partial, 'cuda-wheels');
    await pipDownload(python, cudaWheels, specs);
    for (const name of readdirSync(cudaWheels))
      await unpack(python, path.join(cudaWheels, name), content, { wanted: ['nvidia/'] });
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(content, folder);
  rmSync(partial, { recursive: true, force: true });
  if (!isComplete(folder, variant)) {
    rmSync(folder, { recursive: true, force: true });
    throw new SetupError(`the wheel of TensorFlow ${TENSORFLOW} lacks ${LIBRARIES.join(' or ')}`);
  }
  return folder;
}

/** Whether the libraries are in the cache already. */
export function isFetched(cache, variant) {
  return isComplete(folderOf(cache, variant), variant);
}

function folderOf(cache, variant) {
  return path.join(cache, `tensorflow-${TENSORFLOW}${variant === 'cuda' ? '-cuda' : ''}`);
}

function isComplete(folder, variant) {
  const wanted = [...LIBRARIES, 'include/tensorflow/c/c_api.h'].map((name) =>
    path.join(folder, 'tensorflow', name),
  );
  if (variant === 'cuda') wanted.push(path.join(folder, 'nvidia'));
  return wanted.every((file) => existsSync(file));
}

/** CPU-only wheels have a name of their own on x86-64 only. */
function wheelName(variant) {
  return `${variant === 'cpu' && process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow'}==${TENSORFLOW}`;
}

/** Prints the nvidia packages that the wheel's extra "and-cuda" asks for, as pip specifiers. */
const CUDA_REQUIREMENTS = `
import email, re, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(n for n in wheel.namelist() if n.endswith('.dist-info/METADATA'))
    metadata = email.message_from_bytes(wheel.read(name))
for line in metadata.get_all('Requires-Dist', []):
    spec, _, marker = line.partition(';')
    if 'and-cuda' in marker and spec.startswith('nvidia'):
        print(re.sub(r'[()\\s]', '', spec))
`;
