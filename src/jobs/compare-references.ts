/** What others found: tables of scores, or folders of masks, that stand beside our own in a comparison. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import type { ComparedMethod } from '../report/comparison.js';
import { scoreSet } from '../scores/evaluation.js';
import { readPublished } from '../scores/published.js';
import { folderOf, type ComparedDataSet } from './compare-contenders.js';
import { keepWarnings } from './compare-warnings.js';
import { evaluate, writeTables } from './evaluate.js';

/** A reference: where it is, and the name in front of an equals sign, else the file's own. */
export interface Reference {
  label: string;
  place: string;
}

/** Reads `[NAME=]FILE|DIR`. Throws `data-set` where there is nothing. */
export function parseReference(text: string): Reference {
  const named = existsSync(text) ? undefined : /^([^=/\\]+)=(.+)$/.exec(text);
  const place = named?.[2] ?? text;
  if (!existsSync(place)) {
    const remedy = 'give a table of published scores (JSON), or a folder of masks';
    throw new OsvosError('data-set', 'there is no such reference', place, remedy);
  }
  return { label: named?.[1] ?? path.parse(path.resolve(place)).name, place };
}

/**
 * Scores of a reference on the sequences that are compared; their official tables go to `OUT/csv`. Throws `data-set`
 * where a table is none or lacks a sequence, and as `evaluate`.
 *
 * @param objects names `<sequence>_<id>` of what is scored
 */
export async function scoreReference(
  { label, place }: Reference,
  { root, split, sequences, shard }: ComparedDataSet,
  objects: readonly string[],
  { threads, report, out }: { threads?: number; report: Report; out: string },
): Promise<ComparedMethod> {
  // a shard's tables would be taken for those of the whole set
  const csv = shard ? undefined : path.join(out, 'csv', folderOf(label));
  if (statSync(place).isDirectory()) {
    const truth = { davis: root, split };
    const heard = keepWarnings(report, label);
    const common = { sequences, threads, report: heard.report, withErrors: true };
    const { global, ...scored } = await evaluate({ results: place, truth, csv, ...common });
    const folders = [path.relative(out, place)];
    const { objects: own, errors } = scored;
    return { label, kind: 'masks', scores: global, objects: own, errors, folders, warnings: heard.warnings };
  }
  const published = readPublished(await readJson(place));
  if (typeof published === 'string')
    throw new OsvosError('data-set', published, place, 'see docs/compare.md for the forms');
  const missing = objects.filter((name) => !(name in published.objects));
  if (missing.length > 0) {
    const remedy = 'compare on other --sequences, or leave the reference out';
    throw new OsvosError('data-set', `no scores of ${missing.join(', ')}`, place, remedy);
  }
  const own = Object.fromEntries(objects.map((name) => [name, published.objects[name]]));
  const scores = scoreSet(own);
  if (csv !== undefined) await writeTables(scores, csv, split);
  return { label, kind: 'published', scores: scores.global, objects: own, folders: [], warnings: [] };
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    const remedy = 'give a table of published scores';
    throw new OsvosError('data-set', `no JSON (${(error as Error).message})`, file, remedy, { cause: error });
  }
}
