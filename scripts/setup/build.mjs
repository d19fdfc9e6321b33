/** TypeScript → dist/, and oclif's manifest, which lets the command line start without loading any command. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { run } from './run.mjs';
import { say } from './say.mjs';

/** What the build is made from, besides src/. */
const SOURCES = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const STAMP = 'built-from';

/** Builds when the sources changed since the last build. A failed build leaves the last one in place. */
export async function build(root) {
  const dist = path.join(root, 'dist');
  const key = sourceKey(root);
  const stamp = path.join(dist, STAMP);
  if (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === key &&
    existsSync(path.join(root, 'oclif.manifest.json'))
  ) {
    return say('build: up to date');
  }
  say('build: compiling src/ to dist/');
  // beside dist, so that the paths in source maps stay right
  const fresh = path.join(root, 'dist.partial');
  const old = path.join(root, 'dist.old');
  rmSync(fresh, { recursive: true, force: true });
  try {
    const tsc = createRequire(path.join(root, 'package.json')).resolve('typescript/bin/tsc');
    await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], {
      cwd: root,
      doing: 'compiling',
    });
    copyAssets(path.join(root, 'src'), fresh);
    rmSync(old, { recursive: true, force: true });
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
  await run(process.execPath, [path.join(root, 'scripts', 'make-manifest.mjs')], { cwd: root });
  writeFileSync(stamp, key);
}

/** What the compiler leaves: files in folders named `assets`. */
function copyAssets(from, to) {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || path.basename(entry.parentPath) !== 'assets') continue;
    const folder = path.join(to, path.relative(from, entry.parentPath));
    mkdirSync(folder, { recursive: true });
    copyFileSync(path.join(entry.parentPath, entry.name), path.join(folder, entry.name));
  }
}

/** SHA-256 over names and contents of all sources. */
function sourceKey(root) {
  const files = readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
  const hash = createHash('sha256');
  for (const file of [...SOURCES, ...files])
    hash.update(`${file}\0`).update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}
