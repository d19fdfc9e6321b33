/** The annotations that results are scored against. They, not the results, say which sequences and frames there are. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { openDavis } from '../clips/davis.js';
import { compareNaturally, stem } from '../clips/frame-files.js';
import { readLabelPng } from '../clips/label-png.js';
import { OsvosError } from '../errors.js';
import { idsOf, type LabelMap } from '../label-map.js';
import { isBlackAndWhite, objectCount, type Protocol } from '../scores/protocols.js';

/** Where the annotations are: a DAVIS data set, or a folder of PNG files or of sequences. */
export type TruthSource = { davis: string; split: string } | { annotations: string };

export interface TruthFrame {
  name: string;
  /** The annotation, `<name>.png`. */
  file: string;
}

export interface TruthSequence {
  name: string;
  /** Annotated frames in order. */
  frames: TruthFrame[];
}

export interface Truth {
  /** Split or folder; the score tables are named after it. */
  set: string;
  sequences: TruthSequence[];
}

/**
 * Lists the annotations. A folder that holds PNG files itself is one sequence, named `flatName`.
 * Throws `data-set` (exit 3), and `usage` for an empty list of sequences.
 */
export async function openTruth(source: TruthSource, flatName: string, sequences?: string[]): Promise<Truth> {
  if (sequences?.length === 0) throw new OsvosError('usage', '--sequences names no sequence');
  if ('annotations' in source) return openFolder(source.annotations, flatName, sequences);
  const { split } = source;
  return {
    set: split,
    sequences: openDavis(source.davis, { split, sequences }).sequences.map((sequence) => ({
      name: sequence.name,
      frames: sequence.annotatedFrames().map((name) => ({ name, file: sequence.annotationFile(name) })),
    })),
  };
}

async function openFolder(folder: string, flatName: string, wanted?: string[]): Promise<Truth> {
  if (!existsSync(folder)) throw new OsvosError('data-set', 'there is no such folder of annotations', folder);
  const set = path.basename(path.resolve(folder));
  const own = await listAnnotations(folder);
  if (own.length > 0) {
    const name = wanted?.length === 1 ? wanted[0] : flatName;
    if (wanted && !wanted.includes(name)) throw unknownSequences(wanted, folder, [name]);
    return { set, sequences: [{ name, frames: own }] };
  }
  const entries = await readdir(folder, { withFileTypes: true });
  const sequences: TruthSequence[] = [];
  for (const entry of entries.filter((e) => !e.isFile() && !e.name.startsWith('.'))) {
    const frames = await listAnnotations(path.join(folder, entry.name));
    if (frames.length > 0) sequences.push({ name: entry.name, frames });
  }
  if (sequences.length === 0) {
    throw new OsvosError(
      'data-set',
      'no annotations (PNG files, or folders of them)',
      folder,
      'give the folder that holds them',
    );
  }
  sequences.sort((a, b) => compareNaturally(a.name, b.name));
  const unknown = (wanted ?? []).filter((name) => !sequences.some((sequence) => sequence.name === name));
  if (unknown.length > 0)
    throw unknownSequences(
      unknown,
      folder,
      sequences.map((sequence) => sequence.name),
    );
  return { set, sequences: wanted ? sequences.filter(({ name }) => wanted.includes(name)) : sequences };
}

async function listAnnotations(folder: string): Promise<TruthFrame[]> {
  const files = (await readdir(folder)).filter((file) => /\.png$/i.test(file) && !file.startsWith('.'));
  return files.sort(compareNaturally).map((file) => ({ name: stem(file), file: path.join(folder, file) }));
}

function unknownSequences(names: string[], folder: string, there: string[]): OsvosError {
  const what = `no such sequence among the annotations: ${names.join(', ')}`;
  return new OsvosError('data-set', what, folder, `choose from ${there.join(', ')}`);
}

/**
 * Ids of the objects of a sequence, ascending: in the 2017 protocol 1 … the largest id of the first annotation, of
 * which those that no annotation has are left out; they would count as found in every frame. One in 2016.
 *
 * @throws OsvosError `data-set` where the first annotation has none
 */
export async function objectsOf(sequence: TruthSequence, protocol: Protocol): Promise<number[]> {
  if (protocol === 'davis-2016') return [1];
  const first = await readLabelPng(sequence.frames[0].file);
  const largest = objectCount(protocol, first);
  if (largest === 0) throw noObject(sequence, first);
  const there = new Set(idsOf(first));
  const hasGaps = there.size < largest;
  for (const { file } of hasGaps ? sequence.frames.slice(1) : [])
    for (const id of idsOf(await readLabelPng(file))) there.add(id);
  return [...there].filter((id) => id <= largest).sort((a, b) => a - b);
}

function noObject({ frames: [{ file }] }: TruthSequence, first: LabelMap): OsvosError {
  if (isBlackAndWhite(first)) {
    const what = 'the annotation is black and white, where davis-2017 wants object ids (255 is void)';
    return new OsvosError('data-set', what, file, 'score with --protocol davis-2016');
  }
  const remedy = 'leave the sequence out with --sequences';
  return new OsvosError('data-set', 'the first annotation has no object', file, remedy);
}

/** The first annotation with anything in it, by which black and white is told from ids; `undefined` where all are empty. */
export async function firstFilledAnnotation(sequence: TruthSequence): Promise<LabelMap | undefined> {
  for (const frame of sequence.frames) {
    const labels = await readLabelPng(frame.file);
    if (labels.data.some((value) => value !== 0)) return labels;
  }
  return undefined;
}
