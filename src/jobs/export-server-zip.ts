/** `osvos export davis2017 | youtube-vos | mose | lvos`: the archive that a benchmark server takes. */
import { rename, rm } from 'node:fs/promises';
import { temporaryName } from '../clips/atomic-file.js';
import { listMasks } from '../clips/exports/mask-folder.js';
import { judgeZip, Violations } from '../clips/exports/server-rules.js';
import { countSpare, writeServerZip } from '../clips/exports/server-zip.js';
import { servers, type ServerName, type WantedVideo } from '../clips/exports/servers.js';
import { wantedOfAnnotated, wantedOfDavis, wantedOfYoutube } from '../clips/exports/wanted-videos.js';
import { listSome } from '../clips/frame-files.js';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import { prepareFile } from './export-output.js';

/** The data set that says what its server wants. */
export type ServerSet =
  | { server: 'davis2017'; davis: string; split: string }
  | { server: 'youtube-vos'; meta?: string; frames?: string }
  | { server: 'mose' | 'lvos'; data: string };

export interface ServerZipJob {
  results: string;
  set: ServerSet;
  out: string;
  force: boolean;
  report: Report;
  signal?: AbortSignal;
}

export interface ServerZip {
  out: string;
  server: ServerName;
  sequences: number;
  /** Masks in the archive. */
  masks: number;
  notes: string[];
}

/**
 * Writes the archive beside its place, reads it back, and moves it there only when no rule is broken.
 *
 * @throws OsvosError `results-incomplete` naming every rule that is broken, with all sequences and frames; `data-set`,
 * `usage`, `output-exists`, `cannot-write`, `interrupted`
 */
export async function exportServerZip(job: ServerZipJob): Promise<ServerZip> {
  const { results, out, report, signal } = job;
  const server = servers[job.set.server];
  await prepareFile({ out, force: job.force, inputs: [results] }, '.zip');
  const listing = await listMasks(results);
  const wanted = await wantedOf(job.set);
  const total = wanted.reduce((sum, { frames }) => sum + frames.length, 0);
  const temporary = temporaryName(out);
  const violations = new Violations();
  let done = 0;
  const step = () => report({ kind: 'step', done: ++done });
  const proceed = () => {
    if (!signal?.aborted) step();
    return !signal?.aborted;
  };
  try {
    report({ kind: 'stage', stage: 'writing masks', total, unit: 'masks' });
    const masks = await writeServerZip(temporary, { listing, server, wanted }, violations, proceed);
    if (signal?.aborted) throw new OsvosError('interrupted', 'stopped, no archive was written', out);
    report({ kind: 'stage', stage: 'checking the archive', total: masks, unit: 'masks' });
    done = 0;
    await judgeZip(temporary, server, wanted, violations, step).catch((error: Error) => {
      const what = `the archive cannot be read back (${error.message})`;
      throw new OsvosError('cannot-write', what, out, 'check the disk', { cause: error });
    });
    const broken = violations.describe();
    if (broken.length > 0) throw refused(server.title, results, broken);
    await rename(temporary, out).catch((error: Error) => {
      throw new OsvosError('cannot-write', error.message, out, undefined, { cause: error });
    });
    const spare = countSpare(listing, wanted);
    const notes = [
      ...(spare.sequences.length > 0
        ? [`sequences that are not of this set, left out: ${listSome(spare.sequences)}`]
        : []),
      ...(spare.masks > 0 ? [`masks of frames that the server does not want, left out: ${spare.masks}`] : []),
    ];
    return { out, server: job.set.server, sequences: wanted.length, masks, notes };
  } finally {
    await rm(temporary, { force: true });
  }
}

async function wantedOf(set: ServerSet): Promise<WantedVideo[]> {
  if (set.server === 'davis2017') return wantedOfDavis(set.davis, set.split);
  return set.server === 'youtube-vos' ? wantedOfYoutube(set) : wantedOfAnnotated(set.data);
}

function refused(title: string, results: string, broken: readonly string[]): OsvosError {
  return new OsvosError(
    'results-incomplete',
    `the ${title} server would refuse these masks, no archive was written`,
    results,
    broken.length === 1 ? broken[0] : `${broken.length} rules are broken\n  ${broken.join('\n  ')}`,
  );
}
