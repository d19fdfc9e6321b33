/** `osvos export binary`: black and white masks, one for each object. */
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { binaryMask, encodeGrey } from '../clips/exports/binary-mask.js';
import { chooseIds, idsOfAll, listMasks, scanMasks, type ScannedMask } from '../clips/exports/mask-folder.js';
import type { Report } from '../progress.js';
import { prepareFolder } from './export-output.js';
import { countSteps, requireGoing } from './export-steps.js';

export interface BinaryJob {
  results: string;
  /** All when left out. */
  objects?: readonly number[];
  /** Pixels by which objects grow. */
  dilate: number;
  out: string;
  force: boolean;
  report: Report;
  signal?: AbortSignal;
}

export interface BinaryExport {
  out: string;
  /** How files are named: `<frame>.png`, `<sequence>/<object>/<frame>.png`, … */
  layout: string;
  frames: number;
  objects: number[];
  /** Files written: frames × objects of their sequence. */
  masks: number;
  notes: string[];
}

/** Every frame has a mask of every object of its sequence, black where the object is not seen. Throws as `exportAlpha`. */
export async function exportBinary(job: BinaryJob): Promise<BinaryExport> {
  const { results, dilate, out, report, signal } = job;
  const notes = await prepareFolder({ out, force: job.force, inputs: [results] });
  const { flat, sequences } = await listMasks(results);
  const frames = sequences.reduce((sum, sequence) => sum + sequence.frames.length, 0);
  const steps = countSteps(report);
  steps.begin('reading masks', frames, 'masks');
  const scanned: { name: string; masks: ScannedMask[]; ids: number[] }[] = [];
  for (const sequence of sequences) {
    const masks = await scanMasks(sequence, sequence.frames, steps.next);
    scanned.push({ name: sequence.name, masks, ids: idsOfAll(masks) });
  }
  const objects = chooseIds(
    scanned.flatMap(({ masks }) => masks),
    job.objects,
    results,
  );
  const several = objects.length > 1;
  steps.begin('writing masks', frames, 'frames');
  let count = 0;
  for (const { name, masks, ids } of scanned) {
    const wanted = ids.filter((id) => objects.includes(id));
    for (const mask of masks) {
      requireGoing(signal, out);
      const labels = await mask.read();
      for (const id of wanted) {
        const folder = path.join(out, flat ? '' : name, several ? String(id) : '');
        const png = encodeGrey(labels, binaryMask(labels, id, dilate));
        await writeFileAtomically(path.join(folder, `${mask.frame}.png`), png);
        count++;
      }
      steps.next();
    }
  }
  const layout = [flat ? [] : '<sequence>', several ? '<object>' : [], '<frame>.png'].flat().join('/');
  return { out, layout, frames, objects, masks: count, notes };
}
