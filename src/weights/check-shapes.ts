/** Holds a file's tensors against the names and shapes that a network needs. */
import { OsvosError } from '../errors.js';
import type { Shapes } from './trunk-shapes.js';
import type { Weights } from './weights.js';

/** Names of a file's own that an error lists before the rest is only counted. */
const NAMES_LISTED = 6;

/** Throws one `weights-unfit` that lists all that is missing, of another shape or no number, and what is unknown. */
export function checkShapes(
  weights: Weights,
  expected: Shapes,
  unknown: string[],
  what: string,
  file: string,
): void {
  const missing = [...expected.keys()].filter((name) => !weights.has(name));
  const extra = [...unknown, ...[...weights.keys()].filter((name) => !expected.has(name))];
  const misshapen: string[] = [];
  const broken: string[] = [];
  for (const [name, { shape, data }] of weights) {
    const wanted = expected.get(name);
    if (wanted && wanted.join() !== shape.join()) {
      misshapen.push(`${name} [${shape.join(', ')}] for [${wanted.join(', ')}]`);
    } else if (!data.every(Number.isFinite)) broken.push(name);
  }
  const faults = [
    missing.length > 0 && `missing ${missing.join(', ')}`,
    extra.length > 0 && `unknown ${listedNames(extra)}`,
    misshapen.length > 0 && `of another shape ${misshapen.join(', ')}`,
    broken.length > 0 && `with values that are no numbers ${broken.join(', ')}`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0) throw new OsvosError('weights-unfit', `no ${what} (${faults.join('; ')})`, file);
}

/** The first names, and how many more there are. */
export function listedNames(names: readonly string[]): string {
  const more = names.length > NAMES_LISTED ? ` and ${names.length - NAMES_LISTED} more` : '';
  return names.slice(0, NAMES_LISTED).join(', ') + more;
}
