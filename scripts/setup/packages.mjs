/** The npm packages that package-lock.json names. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './run.mjs';
import { say } from './say.mjs';

/** Runs `npm ci` when node_modules is missing or differs from package-lock.json. */
export async function installPackages(root) {
  const why = whyStale(root);
  if (why === undefined) return say('packages: up to date');
  say(`packages: npm ci, because ${why}`);
  // --ignore-scripts: the one package with a script that matters is TensorFlow's, which set-up installs itself
  await npm(root, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    doing: 'npm is installing packages',
  });
}

/**
 * Compares what npm noted in node_modules with the lock file. Optional packages may be absent: most belong to other
 * systems. Those of our own may not: the build needs their types, and npm drops them where their scripts fail.
 *
 * @returns {string | undefined} why npm has to run; undefined when all is in place
 */
export function whyStale(root) {
  const note = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(note)) return 'node_modules is missing';
  const installed = JSON.parse(readFileSync(note, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const own = new Set(
    Object.keys(wanted['']?.optionalDependencies ?? {}).map((name) => `node_modules/${name}`),
  );
  for (const [place, { version, optional, devOptional, link }] of Object.entries(wanted)) {
    if (place === '' || link) continue;
    if (installed[place] === undefined) {
      if ((!optional && !devOptional) || own.has(place)) return `${place} is missing`;
    } else if (installed[place].version !== version) {
      return `${place} is ${installed[place].version} and should be ${version}`;
    } else if (!existsSync(path.join(root, place, 'package.json'))) {
      return `${place} has been removed`;
    }
  }
  return undefined;
}

/** Runs npm as it was started, else the one on the path; `doing` is repeated meanwhile. */
export function npm(root, args, { doing }) {
  const { npm_execpath: program } = process.env;
  return program?.endsWith('npm-cli.js')
    ? run(process.execPath, [program, ...args], { cwd: root, doing })
    : run('npm', args, { cwd: root, doing });
}
