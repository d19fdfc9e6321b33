import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { OsvosError } from '../errors.js';

/** What the attributes of DAVIS mean (Perazzi et al. 2016, table 1). */
export const attributeNames: Readonly<Record<string, string>> = {
  ...{ AC: 'appearance change', BC: 'background clutter', CS: 'camera shake', DB: 'dynamic background' },
  ...{ DEF: 'deformation', EA: 'edge ambiguity', FM: 'fast motion', HO: 'heterogeneous object' },
  ...{ IO: 'interacting objects', LR: 'low resolution', MB: 'motion blur', OCC: 'occlusion' },
  ...{ OV: 'out of view', ROT: 'rotation', SC: 'shape complexity', SV: 'scale variation' },
};

/**
 * Attributes of the sequences by name, out of `db_info.yaml` in the data set's root; none where it has no such file.
 * Throws `data-set` where that cannot be read.
 */
export async function readAttributes(root: string): Promise<Map<string, string[]>> {
  const file = path.join(root, 'db_info.yaml');
  if (!existsSync(file)) return new Map();
  let info: { sequences?: { name?: unknown; attributes?: unknown }[] } | null;
  try {
    info = parse(await readFile(file, 'utf8')) as typeof info;
  } catch (error) {
    const remedy = 'mend the file, or remove it: then no attributes are told';
    throw new OsvosError('data-set', (error as Error).message.split('\n')[0], file, remedy, { cause: error });
  }
  const sequences = Array.isArray(info?.sequences) ? info.sequences : [];
  return new Map(
    sequences.flatMap(({ name, attributes }) =>
      typeof name === 'string' && Array.isArray(attributes) ? [[name, attributes.map(String)]] : [],
    ),
  );
}
