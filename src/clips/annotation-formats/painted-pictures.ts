/** Pictures that people paint, one for each frame: colours, grey values, indices or an alpha channel. */
import path from 'node:path';
import { idsOf, VOID } from '../../label-map.js';
import { interpretMask, type MaskMeaning } from '../interpret-mask.js';
import { readMaskPicture } from '../mask-picture.js';
import { paletteNumber } from '../palette.js';
import {
  imageStem,
  inOrderOfAppearance,
  refuseDoubleNames,
  type AnnotatedImage,
  type Annotations,
  type Area,
} from './annotations.js';

/**
 * Reads painted pictures as `readMask` does. Objects are named by their id, or by their colour (`ff0000`), so that a
 * colour is the same object in all pictures. Throws `mask-unreadable` and `too-many-ids`.
 */
export async function readPaintedPictures(files: readonly string[]): Promise<Annotations> {
  const images: AnnotatedImage[] = [];
  const notes: string[] = [];
  const colours = new Map<string, number>();
  const ids = new Map<string, number>();
  for (const file of files) {
    const meaning = await readMeaning(file);
    const { width, height } = meaning.labels;
    const named = idsOf(meaning.labels).map((id) => {
      const colour = meaning.colours?.get(id);
      if (colour === undefined) ids.set(String(id), id);
      else colours.set(nameOf(id, meaning), colour);
      return nameOf(id, meaning);
    });
    images.push({ name: imageStem(file), file, width, height, objects: named, areas: () => areasOf(file) });
    notes.push(...[`read as ${meaning.form}`, ...meaning.notes].map((note) => prefix(note, file, files)));
  }
  refuseDoubleNames(images);
  const known = [...colours].map(([name, colour]) => [name, paletteNumber(colour)] as const);
  for (const [name, id] of known) if (id !== undefined && known.every((entry) => entry[1])) ids.set(name, id);
  return {
    ...{
      format: 'picture',
      described: files.length > 1 ? `${files.length} painted pictures` : 'painted picture',
    },
    ...{ images, ids, namedAfterFrames: false, unfit: [], notes: inOrderOfAppearance(notes) },
  };
}

/** What a picture holds is kept by nobody: it is read once more to be drawn. */
async function* areasOf(file: string): AsyncGenerator<Area, void, undefined> {
  const meaning = await readMeaning(file);
  const { data } = meaning.labels;
  const select = (wanted: number) => data.map((label) => (label === wanted ? 1 : 0));
  for (const id of idsOf(meaning.labels)) yield { object: nameOf(id, meaning), inside: select(id) };
  if (data.includes(VOID)) yield { object: null, inside: select(VOID) };
}

async function readMeaning(file: string): Promise<MaskMeaning> {
  return interpretMask(await readMaskPicture(file), file);
}

function nameOf(id: number, { colours }: MaskMeaning): string {
  const colour = colours?.get(id);
  return colour === undefined ? String(id) : colour.toString(16).padStart(6, '0');
}

function prefix(note: string, file: string, files: readonly string[]): string {
  return files.length > 1 ? `${path.basename(file)}: ${note}` : note;
}
