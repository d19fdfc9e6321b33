/** Test networks in files: tensors prefixed `object.<id>.`. */
import { OsvosError } from '../errors.js';
import { idsOf } from '../label-map.js';
import type { Report } from '../progress.js';
import { readSafetensors } from '../weights/safetensors.js';
import type { GivenMask } from './segment-given-masks.js';

/** Object ids that a test network follows, ascending. Throws `weights-missing` and `weights-unfit`. */
export async function objectsOfTestNetwork(file: string): Promise<number[]> {
  const { tensors } = await readSafetensors(file);
  const ids = new Set<number>();
  for (const name of tensors.keys()) {
    const match = /^object\.(\d+)\./.exec(name);
    if (match) ids.add(Number(match[1]));
  }
  if (ids.size === 0) {
    throw new OsvosError(
      'weights-unfit',
      'no test network: no tensor belongs to an object',
      file,
      'make one with osvos finetune',
    );
  }
  return [...ids].sort((a, b) => a - b);
}

/** Masks that are given beside a test network. */
export interface MasksForNetwork {
  /** File of the test network. */
  file: string;
  /** Objects that it follows. */
  known: readonly number[];
  masks: readonly GivenMask[];
  /** Whether the masks are learnt from. */
  tunes: boolean;
}

/**
 * Sees to it that no mask given beside a test network is passed over in silence.
 *
 * @throws OsvosError `usage` when there is nothing to learn from, or when the network is used as it is and masks have
 * objects that it does not know
 */
export function checkMasksForNetwork({ file, known, masks, tunes }: MasksForNetwork, report: Report): void {
  const given = [...new Set(masks.flatMap(({ labels }) => idsOf(labels)))].sort((a, b) => a - b);
  const fresh = given.filter((id) => !known.includes(id));
  const where = `--test-network ${file}`;
  if (tunes && given.length === 0) {
    throw new OsvosError(
      'usage',
      'no mask to learn from',
      where,
      'give masks, such as --mask 40=m.png, or leave out --iterations and --time-budget to use it as it is',
    );
  }
  if (!tunes && fresh.length > 0) {
    throw new OsvosError(
      'usage',
      `the test network does not know object ${fresh.join(', ')} of the masks`,
      where,
      `learn it from them with --iterations 150, or follow only --objects ${known.join(',')}`,
    );
  }
  const note = (text: string) => report({ kind: 'note', text });
  if (tunes) {
    const unchanged = known.filter((id) => !given.includes(id));
    const further = given.filter((id) => known.includes(id));
    if (further.length > 0) note(`object ${further.join(', ')}: learns further from ${file}`);
    if (fresh.length > 0) note(`object ${fresh.join(', ')}: new, begins at the parent network`);
    if (unchanged.length > 0) note(`object ${unchanged.join(', ')}: in no mask, stays as it is in ${file}`);
  } else if (masks.length > 0) {
    note(
      `masks are kept as given, not learnt from: the test network is used as it is (without --iterations)`,
    );
  }
}
