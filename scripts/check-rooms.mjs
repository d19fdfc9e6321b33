// Holds the room rules of .dependency-cruiser.cjs. Fails also when no module was looked at: a check that reads nothing
// would pass for ever. Usage: node scripts/check-rooms.mjs [project root]
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));
const root = path.resolve(process.argv[2] ?? project);
const depcruise = path.join(project, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');

const { summary } = cruise();
// type-only files have no dependencies, but count as modules
const modules = summary.totalCruised;
for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`);
const faults = summary.violations.length;
if (modules === 0)
  console.error('no module was looked at: do the TypeScript versions of the checker and of the project fit?');
console.log(`${modules} modules, ${faults} forbidden imports`);
process.exitCode = faults > 0 || modules === 0 ? 1 : 0;

function cruise() {
  const args = [depcruise, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] };
  try {
    return JSON.parse(execFileSync(process.execPath, args, options));
  } catch (error) {
    // a number of violations is its exit code; the report is whole all the same
    if (error.stdout) return JSON.parse(error.stdout);
    throw error;
  }
}
