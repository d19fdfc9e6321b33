/** Which object of an annotation file gets which id. */
import { inOrderOfAppearance, type Annotations } from '../clips/annotation-formats/annotations.js';
import { MOST_IDS } from '../clips/grey-mask.js';
import { formatCounts } from '../clips/mask-picture.js';
import { OsvosError } from '../errors.js';

/** Objects that a message about too many of them lists. */
const LISTED_OBJECTS = 40;

export interface AssignedIds {
  /** Id by object, in the order of first appearance; objects that are left out are not in it. */
  ids: ReadonlyMap<string, number>;
  /** Where the ids come from, in words. */
  rule: string;
  leftOut: string[];
}

/**
 * Reads `car=1,person=2`: the object's name and its id; several names may have one id.
 *
 * @throws OsvosError `usage`
 */
export function parseLabels(text: string): Map<string, number> {
  const entries = text.split(',').filter((entry) => entry.trim() !== '');
  const labels = entries.map((entry) => {
    const [, name, id] = /^\s*(.*\S)\s*=\s*(\d+)\s*$/.exec(entry) ?? [];
    if (name === undefined || Number(id) < 1 || Number(id) > 254) {
      const remedy = 'write OBJECT=ID with ids from 1 to 254, such as --labels car=1,person=2';
      throw new OsvosError('usage', 'not of the form OBJECT=ID', `--labels ${text}`, remedy);
    }
    return [name, Number(id)] as const;
  });
  if (labels.length === 0)
    throw new OsvosError('usage', 'no object is named', '--labels', 'for example --labels car=1,person=2');
  return new Map(labels);
}

/**
 * Gives ids to all objects, or to those that `chosen` names.
 *
 * @throws OsvosError `usage` where `chosen` names what is not there, `too-many-ids` with the list of objects,
 * `annotations-unreadable` for boxes and lines among them
 */
export async function assignIds(
  annotations: Annotations,
  source: string,
  chosen?: ReadonlyMap<string, number>,
): Promise<AssignedIds> {
  const names = inOrderOfAppearance(annotations.images.flatMap(({ objects }) => objects));
  refuseUnfit(annotations, source, chosen);
  const ids = chosen ? chooseIds(names, chosen, source) : countIds(names, annotations.ids);
  if (new Set(ids.values()).size > MOST_IDS) throw await tooMany(annotations, ids, source);
  return {
    ids,
    rule: chosen
      ? '--labels'
      : names.every((name) => annotations.ids.has(name))
        ? 'the file'
        : 'first appearance',
    leftOut: names.filter((name) => !ids.has(name)),
  };
}

function chooseIds(
  names: readonly string[],
  chosen: ReadonlyMap<string, number>,
  source: string,
): Map<string, number> {
  const missing = [...chosen.keys()].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const there =
      names.length > 0 ? `there are ${names.slice(0, LISTED_OBJECTS).join(', ')}` : 'there is none';
    throw new OsvosError('usage', `no object named ${missing.join(', ')}`, `--labels, ${source}`, there);
  }
  return new Map(names.flatMap((name) => (chosen.has(name) ? [[name, chosen.get(name)!] as const] : [])));
}

/** Ids of the format stay; the other objects get the lowest free ones, in the order of first appearance. */
function countIds(names: readonly string[], own: ReadonlyMap<string, number>): Map<string, number> {
  const taken = new Set(names.map((name) => own.get(name)));
  let next = 1;
  const ids = names.map((name) => {
    const id = own.get(name);
    if (id !== undefined) return [name, id] as const;
    while (taken.has(next)) next++;
    return [name, next++] as const;
  });
  return new Map(ids);
}

function refuseUnfit(
  { unfit }: Annotations,
  source: string,
  chosen: ReadonlyMap<string, number> | undefined,
): void {
  const wanted = unfit.filter(({ object }) => !chosen || chosen.has(object));
  if (wanted.length === 0) return;
  const kinds = inOrderOfAppearance(wanted.map(({ kind }) => kind)).map((kind) => {
    const those = wanted.filter((shape) => shape.kind === kind);
    return `${those.length} of kind ${kind} (${inOrderOfAppearance(those.map(({ object }) => object)).join(', ')})`;
  });
  const images = inOrderOfAppearance(wanted.map(({ image }) => image));
  throw new OsvosError(
    'annotations-unreadable',
    `shapes that say where an object is, not which pixels it has: ${kinds.join(', ')}`,
    `${source}, image ${images.slice(0, 3).join(', ')}${images.length > 3 ? ', …' : ''}`,
    'draw them as polygons or with a brush, or leave them out: --labels names the objects to take',
  );
}

/** With pixels of each object over all images, as people look for the few that they meant. */
async function tooMany(
  { images }: Annotations,
  ids: ReadonlyMap<string, number>,
  source: string,
): Promise<OsvosError> {
  const pixels = new Map([...ids.keys()].map((name) => [name, 0]));
  for (const image of images) {
    for await (const { object, inside } of image.areas()) {
      if (object === null || !ids.has(object)) continue;
      pixels.set(object, pixels.get(object)! + inside.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0));
    }
  }
  const counts = [...pixels]
    .map(([name, count]) => ({ name, pixels: count }))
    .sort((a, b) => b.pixels - a.pixels);
  return new OsvosError(
    'too-many-ids',
    `${counts.length} objects, more than ${MOST_IDS}: ${formatCounts(counts, LISTED_OBJECTS)}`,
    source,
    `name those to follow: --labels "${counts[0].name}=1,${counts[1].name}=2"`,
  );
}
