import { OsvosError } from '../errors.js';
import type { LabelMap } from '../label-map.js';
import { labelColours, NO_BACKGROUND } from './colour-mask.js';
import { describeVoid, labelGrey, MOST_IDS } from './grey-mask.js';
import { countValues, formatCounts, type MaskPicture } from './mask-picture.js';
import { formatColour, packColour, unpackColour } from './palette.js';

/** What a mask picture means. */
export interface MaskMeaning {
  labels: LabelMap;
  /** `indexed PNG`, `soft-edged grey PNG`, … */
  form: string;
  notes: string[];
  /** Packed colour by id, where colours became ids. */
  colours?: ReadonlyMap<number, number>;
}

const OPAQUE = 128; // alpha from which on a pixel is painted

/**
 * Decides what the values of a mask picture mean: palette indices and small grey numbers are ids, black and
 * white is one object, soft edges are cut, colours become ids, an alpha channel bounds what is painted.
 * Throws `too-many-ids` and `mask-unreadable`.
 */
export function interpretMask(picture: MaskPicture, file: string): MaskMeaning {
  const { width, height, format } = picture;
  const meaning = (form: string, data: Uint8Array, notes: string[]): MaskMeaning => ({
    labels: { width, height, data },
    form: `${form} ${format}`,
    notes,
  });
  if (picture.palette && !isGreyRamp(picture)) {
    const { data, notes } = labelIndices(picture, file);
    return meaning('indexed', data, notes);
  }
  const notes: string[] = [];
  const painted = readAlpha(picture);
  const bytes = toBytes(picture, notes);
  const { channels } = picture;
  const colours = painted && paintedColours(bytes, channels, painted);
  if (painted && colours && colours.size <= 1) {
    const only = [...colours].filter((colour) => !isGrey(colour)); // white or black may be meant for any object
    return {
      ...meaning('alpha-channel', painted, [
        ...notes,
        'what is painted is the object, its colour does not matter',
      ]),
      colours: only.length > 0 ? new Map(only.map((colour) => [1, colour])) : undefined,
    };
  }
  const grey = channels < 3 || bandsAgree(bytes, channels, painted);
  const labelled = grey
    ? labelGrey(pickGrey(bytes, channels, painted), width, height, picture.lossy)
    : labelColours(packColours(bytes, channels, painted), width, height);
  if (!('refused' in labelled)) {
    if (grey && channels > 2) notes.push('three equal bands, read as grey');
    if (painted) notes.push('transparent pixels are background');
    const { form, data } = labelled;
    return { ...meaning(form, data, [...notes, ...labelled.notes]), colours: labelled.colours };
  }
  if (painted)
    return meaning('cut-out', painted, [...notes, `${labelled.refused}: the alpha channel is the mask`]);
  refuse(picture, labelled.refused, file);
}

function refuse(picture: MaskPicture, reason: string, file: string): never {
  const counts = formatCounts(countValues(picture));
  if (reason === NO_BACKGROUND) {
    const remedy = 'paint what is no object black';
    throw new OsvosError('mask-unreadable', `the mask has ${NO_BACKGROUND}: ${counts}`, file, remedy);
  }
  const form = picture.lossy ? `PNG (${picture.format} changes colours)` : 'indexed PNG without smoothing';
  throw new OsvosError(
    'too-many-ids',
    `${reason}, more than ${MOST_IDS} ids: ${counts}`,
    file,
    `save it as ${form}, or as black and white`,
  );
}

/** Indices are ids as they stand; only 0 and 255: one object. */
function labelIndices(picture: MaskPicture, file: string): { data: Uint8Array; notes: string[] } {
  const { palette = [] } = picture;
  const data = picture.data as Uint8Array;
  const counts = new Uint32Array(256);
  for (const index of data) counts[index]++;
  const present = [...counts.keys()].filter((index) => counts[index] > 0);
  if (present.filter((index) => index > 0 && index < 255).length > MOST_IDS) {
    refuse(picture, `${present.length} palette indices`, file);
  }
  const notes: string[] = [];
  if (counts[0] > 0 && palette[0] !== 0) {
    notes.push(`index 0 is background, though its colour is ${formatColour(palette[0])}`);
  }
  if (present.every((index) => index === 0 || index === 255))
    return { data: data.map((index) => (index > 0 ? 1 : 0)), notes };
  return { data, notes: [...notes, ...describeVoid(counts)] };
}

/** Whether a palette only says "index = grey value": then the picture is a grey one. */
function isGreyRamp({ palette = [], data }: MaskPicture): boolean {
  const used = new Set<number>(data);
  return used.size > 2 && [...used].every((index) => palette[index] === packColour(index, index, index));
}

/**
 * 1 where a pixel is painted, 0 where it is transparent; `undefined` where the alpha channel is missing or
 * opaque all over.
 */
function readAlpha({ data, channels, bits }: MaskPicture): Uint8Array | undefined {
  if (channels % 2 === 1) return undefined;
  const full = bits === 16 ? 65535 : 255;
  const threshold = bits === 16 ? OPAQUE * 257 : OPAQUE;
  const painted = new Uint8Array(data.length / channels);
  let opaque = true;
  for (let i = 0; i < painted.length; i++) {
    const alpha = data[i * channels + channels - 1];
    if (alpha < full) opaque = false;
    if (alpha >= threshold) painted[i] = 1;
  }
  return opaque ? undefined : painted;
}

/**
 * Values as 0–255: 16 bits are shortened unless they hold small numbers, below 8 bits only black and white
 * are stretched.
 */
function toBytes(picture: MaskPicture, notes: string[]): Uint8Array {
  const { data, bits, channels } = picture;
  if (bits === 16) {
    const small = channels === 1 && data.every((value) => value <= 255);
    notes.push(small ? '16-bit picture of small numbers, read as ids' : '16-bit picture, read as 8 bits');
    return Uint8Array.from(data, (value) => (small ? value : value >> 8));
  }
  const white = (1 << bits) - 1;
  const stretch = bits < 8 && data.every((value) => value === 0 || value === white);
  return stretch ? Uint8Array.from(data, (value) => (value > 0 ? 255 : 0)) : (data as Uint8Array);
}

/** Colours among the painted pixels; the search stops at two. */
function paintedColours(bytes: Uint8Array, channels: number, painted: Uint8Array): Set<number> {
  const found = new Set<number>();
  for (let i = 0; i < painted.length && found.size < 2; i++) {
    if (!painted[i]) continue;
    const at = i * channels;
    const [red, green, blue] = channels < 3 ? [bytes[at], bytes[at], bytes[at]] : bytes.subarray(at, at + 3);
    found.add(packColour(red, green, blue));
  }
  return found;
}

function isGrey(packed: number): boolean {
  const [red, green, blue] = unpackColour(packed);
  return red === green && green === blue;
}

function bandsAgree(bytes: Uint8Array, channels: number, painted?: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i += channels) {
    if (painted && !painted[i / channels]) continue;
    if (bytes[i] !== bytes[i + 1] || bytes[i] !== bytes[i + 2]) return false;
  }
  return true;
}

function pickGrey(bytes: Uint8Array, channels: number, painted?: Uint8Array): Uint8Array {
  if (channels === 1) return bytes;
  const grey = new Uint8Array(bytes.length / channels);
  for (let i = 0; i < grey.length; i++) grey[i] = painted && !painted[i] ? 0 : bytes[i * channels];
  return grey;
}

function packColours(bytes: Uint8Array, channels: number, painted?: Uint8Array): Uint32Array {
  const colours = new Uint32Array(bytes.length / channels);
  for (let i = 0, at = 0; i < colours.length; i++, at += channels) {
    colours[i] = painted && !painted[i] ? 0 : packColour(bytes[at], bytes[at + 1], bytes[at + 2]);
  }
  return colours;
}
