/**
 * The engine `webgpu`: Dawn and TensorFlow.js's backend on it. Two npm packages that are no dependencies of the project,
 * as most users need neither and Dawn carries the libraries of five systems (132 MB); what this system needs is 22 MB.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { partialFolder } from './cache.mjs';
import { npm } from './packages.mjs';
import { mustHaveSpace } from './python.mjs';
import { run, runTrial } from './run.mjs';
import { isReason, say, SetupError } from './say.mjs';
import { mend, swapIn } from './swap.mjs';

const SYSTEM = process.platform === 'darwin' ? 'darwin-universal' : `${process.platform}-${process.arch}`;
const SYSTEMS = ['darwin-universal', 'linux-arm64', 'linux-x64', 'win32-arm64', 'win32-x64'];

/** What npm must give, byte for byte, and the files that are kept of it. */
const PACKAGES = [
  {
    name: 'webgpu',
    version: '0.6.2',
    integrity:
      'sha512-3L4GfmqJLvYUIEWJngEQY+2HQiUlAFkg8+P8NDDj3Xx5hHHIFO/r8JW+ynfqBj7kHN4mbnwO74uB+lrRtLhp4Q==',
    files: ['package.json', 'index.js', 'LICENSE.md', `dist/${SYSTEM}`],
  },
  {
    name: '@tensorflow/tfjs-backend-webgpu',
    version: '4.22.0',
    integrity:
      'sha512-lvIc7Af4Tl2BCdYp43iQmSCRq3asaKT0q2xaErphXiUZ+jqeB0bQa0ZvQys1Xatvto0U4/c90DVsHPfvkn5ftg==',
    files: ['package.json', 'dist/tf-backend-webgpu.node.js'],
  },
];

/** Bytes of both downloads with what is unpacked, twice. */
const SPACE = 150e6;

/** The same folder as `webgpuFolder` in src/engine/webgpu/package.ts. */
export function webgpuFolder(root) {
  return path.join(root, 'native', 'lib-webgpu');
}

/**
 * Puts the packages in place and tries the engine; says what it found. Where no graphics card answers they stay: a
 * driver may come later.
 *
 * @returns {Promise<boolean>} whether the engine works
 */
export async function setUpWebgpu(root, cache) {
  const folder = webgpuFolder(root);
  mend(folder);
  try {
    if (!isComplete(folder)) await place(await fetchPackages(root, cache), folder);
  } catch (error) {
    if (!isReason(error)) throw error;
    say(`webgpu: ${error.message}`);
    return false;
  }
  const { ok, why, message } = await runTrial(path.join(root, 'dist', 'engine', 'webgpu', 'trial.js'));
  say(
    ok ? `webgpu: works (Dawn ${message.version} on ${message.device})` : `webgpu: is installed, but ${why}`,
  );
  return ok;
}

/** Brings what is installed up to date; downloads nothing where nothing is. */
export async function keepWebgpu(root, cache) {
  if (existsSync(webgpuFolder(root))) await setUpWebgpu(root, cache);
}

/** Whether the folder has these very versions for this system. */
export function isComplete(folder, packages = PACKAGES) {
  return packages.every(({ name, version, files }) => {
    const place = path.join(folder, 'node_modules', name);
    if (!files.every((file) => existsSync(path.join(place, file)))) return false;
    return JSON.parse(readFileSync(path.join(place, 'package.json'), 'utf8')).version === version;
  });
}

/** @returns {Promise<string>} the folder in the cache that has both packages */
async function fetchPackages(root, cache) {
  if (!SYSTEMS.includes(SYSTEM)) throw new SetupError(`Dawn’s package has nothing for ${SYSTEM}`);
  const folder = path.join(cache, ['webgpu', ...PACKAGES.map(({ version }) => version)].join('-'));
  if (isComplete(folder)) {
    say(`webgpu: the packages are in ${folder}`);
    return folder;
  }
  const partial = partialFolder(cache);
  mustHaveSpace(cache, SPACE);
  say('webgpu: downloading Dawn and its backend by npm (50 MB), once for all clones');
  const content = path.join(partial, 'content');
  for (const wanted of PACKAGES) {
    const place = path.join(content, 'node_modules', wanted.name);
    await unpack(await download(root, wanted, path.join(partial, wanted.version)), place, wanted.files);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(content, folder);
  rmSync(partial, { recursive: true, force: true });
  return folder;
}

async function download(root, { name, version, integrity }, into) {
  mkdirSync(into);
  await npm(root, ['pack', `${name}@${version}`, '--pack-destination', into, '--ignore-scripts'], {
    doing: 'npm is downloading packages',
  });
  const archive = path.join(into, readdirSync(into)[0]);
  mustBe(archive, integrity, `${name}@${version}`);
  return archive;
}

/** Throws SetupError where a file has another SHA-512, as `sha512-<base64>`. */
export function mustBe(file, integrity, what) {
  const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (found === integrity) return;
  throw new SetupError(`${what} is not what it should be: its integrity is ${found}, not ${integrity}`);
}

async function unpack(archive, place, files) {
  mkdirSync(place, { recursive: true });
  const members = files.map((file) => `package/${file}`);
  await run('tar', ['-xzf', archive, '-C', place, '--strip-components=1', ...members]);
}

/** Replaces the clone's packages, unless the new ones do not load: an old system lacks what Dawn was linked to. */
async function place(fetched, folder) {
  mkdirSync(path.dirname(folder), { recursive: true });
  const placed = swapIn(folder, (fresh) => cpSync(fetched, fresh, { recursive: true }));
  const dawn = pathToFileURL(path.join(folder, 'node_modules', 'webgpu', 'index.js')).href;
  try {
    await run(process.execPath, ['--input-type=module', '--eval', `await import(${JSON.stringify(dawn)})`], {
      telling: /^Error: /,
    });
  } catch (error) {
    placed.undo();
    throw error;
  }
  placed.keep();
}
