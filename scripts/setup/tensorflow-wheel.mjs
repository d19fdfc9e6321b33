/**
 * TensorFlow's C library out of its Python wheel, into the user's cache folder. Layout there:
 * `tensorflow-<version>[-cuda]/tensorflow/` (two libraries and a few headers) and, for CUDA, `…/nvidia/` beside it,
 * where the library looks for it.
 */
import { existsSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { partialFolder } from './cache.mjs';
import { answers, run } from './run.mjs';
import { say, SetupError } from './say.mjs';

/** The version that the addon was tested with. */
export const TENSORFLOW = '2.21.0';

const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
/** The addon includes tensorflow/c/c_api.h and tensorflow/c/eager/c_api.h; these hold all that they include. */
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/ctstring', 'tsl/platform/ctstring', 'xla/tsl/c/'];

/** Bytes for wheel and unpacked libraries together. */
const SPACE = { cpu: 1.3e9, cuda: 9e9 };
const WHEEL_SIZE = { cpu: '0.3 GB', cuda: '3 GB' };
/** Connecting and each silence; no retries, because an index that does not answer holds pip up for long. */
const PIP_PATIENCE = ['--retries', '0', '--timeout', '10', '--disable-pip-version-check', '--no-input'];
/** A Python version that has wheels, where the user's own has none: nothing of Python is used. */
const PYTHON_WITH_WHEELS = '3.12';

/**
 * @param {string} cache
 * @param {'cpu' | 'cuda'} variant
 * @returns {Promise<string>} the folder with `tensorflow/` in it
 */
export async function fetchTensorflow(cache, variant) {
  const folder = path.join(cache, `tensorflow-${TENSORFLOW}${variant === 'cuda' ? '-cuda' : ''}`);
  if (isComplete(folder, variant)) {
    say(`tensorflow: libraries of ${TENSORFLOW} are in ${folder}`);
    return folder;
  }
  const python = await findPython();
  const partial = partialFolder(cache);
  const space = statfsSync(partial);
  if (space.bavail * space.bsize < SPACE[variant]) {
    throw new SetupError(
      `${SPACE[variant] / 1e9} GB are needed in ${cache}, which OSVOS_CACHE_DIR can change`,
    );
  }
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
  await unpack(python, wheel, content, wanted);
  if (variant === 'cuda') {
    const specs = (await run(python, ['-c', CUDA_REQUIREMENTS, wheel]))
      .split('\n')
      .filter((line) => line !== '');
    say(`tensorflow: downloading ${specs.length} packages of CUDA libraries`);
    const cudaWheels = path.join(partial, 'cuda-wheels');
    await pipDownload(python, cudaWheels, specs);
    for (const name of readdirSync(cudaWheels))
      await unpack(python, path.join(cudaWheels, name), content, ['nvidia/']);
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

async function findPython() {
  for (const python of ['python3', 'python']) {
    if (await answers(python, ['-m', 'pip', '--version'])) return python;
  }
  throw new SetupError('Python with pip is missing (on Debian and Ubuntu: sudo apt-get install python3-pip)');
}

async function pipDownload(python, folder, specs) {
  const download = (more) =>
    run(python, ['-m', 'pip', 'download', '--no-deps', ...PIP_PATIENCE, ...more, '-d', folder, ...specs], {
      doing: 'pip is downloading',
    });
  try {
    await download([]);
  } catch (first) {
    try {
      await download(['--only-binary=:all:', '--python-version', PYTHON_WITH_WHEELS]);
    } catch {
      throw first; // the plain attempt's reason is the one that says what is wrong here
    }
  }
}

/** Files whose names start with one of `prefixes`; by Python, as `unzip` may be missing. */
function unpack(python, wheel, folder, prefixes) {
  return run(python, ['-c', UNPACK, wheel, folder, ...prefixes], { doing: 'unpacking' });
}

const UNPACK = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for entry in wheel.infolist():
        if entry.filename.startswith(tuple(sys.argv[3:])):
            wheel.extract(entry, sys.argv[2])
`;

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
