/** Where an export goes: nothing is overwritten unasked, and no input is. */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { removeLeftovers, isTemporary } from '../clips/leftover-files.js';
import { OsvosError } from '../errors.js';
import { makeWritable, namesIn } from './output-folder.js';

export interface ExportTarget {
  out: string;
  force: boolean;
  /** Files and folders that must stay as they are. */
  inputs: readonly string[];
}

/**
 * Makes the file's folder. Throws `usage` for another ending, or an input; `output-exists`; `cannot-write`.
 *
 * @returns no note, as `prepareFolder` may
 */
export async function prepareFile(
  { out, force, inputs }: ExportTarget,
  extension: string,
): Promise<string[]> {
  if (path.extname(out).toLowerCase() !== extension)
    throw new OsvosError('usage', `no file *${extension}`, `--out ${out}`, `name it *${extension}`);
  await refuseInputs(out, inputs);
  if (existsSync(out) && !force)
    throw new OsvosError(
      'output-exists',
      'the file exists already',
      out,
      'choose another --out, or --force to overwrite',
    );
  await makeWritable(path.dirname(path.resolve(out)));
  await removeLeftovers(path.dirname(out), { of: out });
  return [];
}

/**
 * Makes the folder. Throws `usage` where it is an input, `output-exists` where it holds anything, `cannot-write`.
 *
 * @returns a note about files of an earlier export that may stay behind, where it was forced
 */
export async function prepareFolder({ out, force, inputs }: ExportTarget): Promise<string[]> {
  const [output, ...given] = await refuseInputs(out, inputs);
  if (given.some((input) => input.startsWith(output + path.sep))) {
    const remedy = 'choose a folder beside it, or in it';
    throw new OsvosError('usage', 'the output folder holds the input', `--out ${out}`, remedy);
  }
  const there = (await namesIn(out)).filter((name) => !isTemporary(name));
  if (there.length > 0 && !force) {
    const named = there.slice(0, 3).join(', ') + (there.length > 3 ? ', …' : '');
    throw new OsvosError('output-exists', `the folder holds ${there.length} other files (${named})`, out);
  }
  await makeWritable(out);
  await removeLeftovers(out, { deep: true });
  return there.length > 0 ? [`${out} was not empty: files of other names stay in it`] : [];
}

/** @returns the paths, without links: output, inputs */
async function refuseInputs(out: string, inputs: readonly string[]): Promise<string[]> {
  const resolve = (file: string) => realpath(file).catch(() => path.resolve(file));
  const paths = await Promise.all([out, ...inputs].map(resolve));
  if (paths.indexOf(paths[0], 1) > 0)
    throw new OsvosError('usage', 'input and output are one', out, 'choose another --out');
  return paths;
}
