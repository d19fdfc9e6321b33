/** One colour, one object: ids of masks that are painted in colours, across all masks of a clip. */
import type { LabelMap } from '../label-map.js';
import { formatColour, paletteNumber } from './palette.js';

/** A mask whose colours became ids by themselves; `colours`: packed colour by id; undefined where ids stood in the file. */
export interface ColouredMask {
  labels: LabelMap;
  colours?: ReadonlyMap<number, number>;
}

/**
 * Gives a colour the same id in all masks. A mask alone counts its colours as they appear, so that green would be 2
 * beside red, and 1 in a mask without it. Ids of the masks that come first hold; new colours get new ids.
 *
 * Masks keep their ids where all colours stand in the DAVIS palette (their number there is the id), and where none has
 * more than one colour (then a colour says only "object").
 *
 * @returns the masks in the same order, and one note for each mask whose ids changed
 */
export function agreeOnColours<M extends ColouredMask>(
  masks: readonly M[],
): { masks: M[]; notes: (string | undefined)[] } {
  const maps = masks.flatMap(({ colours }) => (colours ? [colours] : []));
  const inPalette = maps.every((map) => [...map.values()].every((colour) => paletteNumber(colour)));
  if (inPalette || maps.every((map) => map.size <= 1))
    return { masks: [...masks], notes: masks.map(() => undefined) };
  const ids = new Map<number, number>();
  const notes: (string | undefined)[] = [];
  const agreed = masks.map((mask, i) => {
    if (!mask.colours) return mask;
    const renamed = new Uint8Array(256).map((_, id) => id);
    for (const [own, colour] of mask.colours) {
      const id = ids.get(colour) ?? freeId(own, ids);
      ids.set(colour, id);
      renamed[own] = id;
    }
    if (renamed.every((id, own) => id === own)) return mask;
    notes[i] = `colours as in the other masks: ${describe(mask.colours, ids)}`;
    return { ...mask, labels: { ...mask.labels, data: mask.labels.data.map((own) => renamed[own]) } };
  });
  return { masks: agreed, notes: masks.map((_, i) => notes[i]) };
}

/** The id itself where no other colour has it, else the lowest that is free. */
function freeId(own: number, ids: ReadonlyMap<number, number>): number {
  const taken = new Set(ids.values());
  if (!taken.has(own)) return own;
  let id = 1;
  while (taken.has(id)) id++;
  return id;
}

function describe(colours: ReadonlyMap<number, number>, ids: ReadonlyMap<number, number>): string {
  return [...colours.values()].map((colour) => `${formatColour(colour)} is ${ids.get(colour)}`).join(', ');
}
