import { interpretMask } from '../clips/interpret-mask.js';
import { countValues, readMaskPicture, type CountedValue, type MaskPicture } from '../clips/mask-picture.js';
import { describeObjects, requireObjects } from '../clips/read-mask.js';
import { OsvosError, type ErrorCode } from '../errors.js';
import { countLabels, idsOf } from '../label-map.js';

/** Values that are listed one by one; pictures with soft edges have hundreds. */
const LISTED_VALUES = 40;

/** What is in a mask file, and what the program makes of it. */
export interface MaskInspection {
  file: string;
  /** `PNG`, `JPEG`, … */
  format: string;
  width: number;
  height: number;
  /** `palette`, `grey`, `grey and alpha`, `RGB` or `RGB and alpha`. */
  channels: string;
  /** Bits of one value. */
  bits: number;
  /** Number of palette entries; null without palette. */
  palette: number | null;
  /** Different values in all, and the most frequent of them. */
  different: number;
  values: CountedValue[];
  /** What it would be read as; null where it is refused. */
  meaning: { kind: string; objects: { id: number; pixels: number; share: number }[]; notes: string[] } | null;
  /** Why it is refused and what to do; null where it is usable. */
  refused: { code: ErrorCode; what: string; remedy: string } | null;
}

/**
 * Explains a mask. A mask that would be refused is a result too; throws `mask-unreadable` only for files that
 * cannot be read.
 */
export async function inspectMask(file: string): Promise<MaskInspection> {
  const picture = await readMaskPicture(file);
  const values = countValues(picture);
  return {
    file,
    format: picture.format,
    width: picture.width,
    height: picture.height,
    channels: nameChannels(picture),
    bits: picture.bits,
    palette: picture.palette?.length ?? null,
    different: values.length,
    values: values.slice(0, LISTED_VALUES),
    ...judge(picture, file),
  };
}

function nameChannels({ channels, palette }: MaskPicture): string {
  return palette ? 'palette' : ['grey', 'grey and alpha', 'RGB', 'RGB and alpha'][channels - 1];
}

function judge(picture: MaskPicture, file: string): Pick<MaskInspection, 'meaning' | 'refused'> {
  try {
    const { labels, form, notes } = interpretMask(picture, file);
    requireObjects(labels, file);
    const counts = countLabels(labels);
    const objects = idsOf(labels).map((id) => ({
      id,
      pixels: counts[id],
      share: counts[id] / labels.data.length,
    }));
    return { meaning: { kind: `${form}, ${describeObjects(labels)}`, objects, notes }, refused: null };
  } catch (error) {
    if (!(error instanceof OsvosError)) throw error;
    return { meaning: null, refused: { code: error.code, what: error.what, remedy: error.remedy } };
  }
}
