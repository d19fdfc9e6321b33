/** The user's Python: nothing is installed into it, its pip fetches wheels and its zipfile opens them. */
import { statfsSync } from 'node:fs';
import { answers, run } from './run.mjs';
import { SetupError } from './say.mjs';

/** Connecting and each silence; no retries, because an index that does not answer holds pip up for long. */
const PATIENCE_S = 10;
const PIP_OPTIONS = [
  '--retries',
  '0',
  '--timeout',
  `${PATIENCE_S}`,
  '--disable-pip-version-check',
  '--no-input',
];
/** What pip writes where no index answers. */
const NO_NETWORK = /connection broken|Failed to establish|Max retries|timed out/i;
/** A Python version that has wheels, where the user's own has none: nothing of Python is used. */
const PYTHON_WITH_WHEELS = '3.12';

/** Names to call Python by, the one that the user points to first. */
export function pythons() {
  return [...(process.env.OSVOS_PYTHON ? [process.env.OSVOS_PYTHON] : []), 'python3', 'python'];
}

/** @throws SetupError when there is none */
export async function findPython() {
  for (const python of pythons()) {
    if (await answers(python, ['--version'])) return python;
  }
  throw new SetupError('Python is missing (on Debian and Ubuntu: sudo apt-get install python3)');
}

/** @throws SetupError when no Python has pip */
export async function findPip() {
  for (const python of pythons()) {
    if (await answers(python, ['-m', 'pip', '--version'])) return python;
  }
  throw new SetupError('Python with pip is missing (on Debian and Ubuntu: sudo apt-get install python3-pip)');
}

/**
 * Downloads wheels without what they depend on.
 *
 * @param {string} python
 * @param {string} folder
 * @param {string[]} specs
 * @param {string[]} [where] options of pip that name an index
 */
export async function pipDownload(python, folder, specs, where = []) {
  const download = (more) =>
    run(
      python,
      ['-m', 'pip', 'download', '--no-deps', ...PIP_OPTIONS, ...where, ...more, '-d', folder, ...specs],
      { doing: 'pip is downloading' },
    );
  const from = Date.now();
  try {
    await download([]);
  } catch (first) {
    // it would wait once more
    if (Date.now() - from >= PATIENCE_S * 1000 && NO_NETWORK.test(first.message)) throw first;
    try {
      await download(['--only-binary=:all:', '--python-version', PYTHON_WITH_WHEELS]);
    } catch {
      throw first; // the plain attempt's reason is the one that says what is wrong here
    }
  }
}

/**
 * Unpacks a part of a wheel; by Python, as `unzip` may be missing.
 *
 * @param {string} python
 * @param {string} wheel
 * @param {string} folder
 * @param {{wanted: string[], unwanted?: string[]}} prefixes of names in the wheel
 */
export function unpack(python, wheel, folder, { wanted, unwanted = [] }) {
  return run(python, ['-c', UNPACK, wheel, folder, JSON.stringify({ wanted, unwanted })], {
    doing: 'unpacking',
  });
}

const UNPACK = `
import json, sys, zipfile
prefixes = json.loads(sys.argv[3])
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for entry in wheel.infolist():
        name = entry.filename
        if name.startswith(tuple(prefixes['wanted'])) and not name.startswith(tuple(prefixes['unwanted'])):
            wheel.extract(entry, sys.argv[2])
`;

/** @throws SetupError when the folder's disk has less room */
export function mustHaveSpace(folder, bytes) {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= bytes) return;
  throw new SetupError(`${bytes / 1e9} GB are needed in ${folder}, which OSVOS_CACHE_DIR can change`);
}
