/**
 * CVAT's "Segmentation mask 1.1": colours of labels in `SegmentationClass/`, named in `labelmap.txt`
 * (https://docs.cvat.ai/docs/dataset_management/formats/format-smask).
 */
import { readFile } from 'node:fs/promises';
import { countValues, formatCounts, readMaskPicture, type MaskPicture } from '../mask-picture.js';
import { packColour } from '../palette.js';
import {
  annotationFault,
  imageStem,
  inOrderOfAppearance,
  refuseDoubleNames,
  type AnnotatedImage,
  type Annotations,
  type Area,
} from './annotations.js';

const BLACK = 0;

/** Label by packed colour, in the order of the file; null is background. */
type LabelMapFile = ReadonlyMap<number, string | null>;

/** Pictures of an export; each label is one object. Throws `annotations-unreadable`, `mask-unreadable`. */
export async function readCvatMasks(labelMapFile: string, pictures: readonly string[]): Promise<Annotations> {
  const text = await readFile(labelMapFile, 'utf8').catch((error: unknown) => {
    const remedy = 'unpack the whole export, or import SegmentationObject/';
    throw annotationFault('the names of the labels cannot be read', labelMapFile, remedy, error);
  });
  const labels = parseLabelMap(text, labelMapFile);
  const images: AnnotatedImage[] = [];
  for (const file of pictures) {
    const picture = await readMaskPicture(file);
    const present = new Set(labelColours(picture, labels));
    refuseForeignColours(present, labels, picture, file, labelMapFile);
    const objects = [...labels].flatMap(([colour, label]) =>
      label !== null && present.has(colour) ? [label] : [],
    );
    const { width, height } = picture;
    images.push({ name: imageStem(file), file, width, height, objects, areas: () => areasOf(file, labels) });
  }
  refuseDoubleNames(images);
  const names = inOrderOfAppearance([...labels.values()].filter((label) => label !== null));
  return {
    ...{ format: 'cvat-masks', described: 'CVAT segmentation mask 1.1', images },
    ids: new Map(names.map((name, i) => [name, i + 1])),
    ...{ namedAfterFrames: true, unfit: [] },
    notes: ['each label is one object; import SegmentationObject/ to tell objects of one label apart'],
  };
}

/** Lines `label:red,green,blue:parts:actions`; `#` begins a comment. */
function parseLabelMap(text: string, file: string): LabelMapFile {
  const labels = new Map<number, string | null>([[BLACK, null]]);
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '' || line.trimStart().startsWith('#')) return;
    const [, name, ...bands] = /^\s*([^:]+?)\s*:\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*(?::|$)/.exec(line) ?? [];
    const [red, green, blue] = bands.map(Number);
    if (name === undefined || Math.max(red, green, blue) > 255)
      throw annotationFault(`line ${i + 1} is not "label:red,green,blue::"`, file);
    const colour = packColour(red, green, blue);
    labels.delete(colour); // black is background unless a label has it
    labels.set(colour, name.toLowerCase() === 'background' ? null : name);
  });
  return labels;
}

async function* areasOf(file: string, labels: LabelMapFile): AsyncGenerator<Area, void, undefined> {
  const colours = labelColours(await readMaskPicture(file), labels);
  const present = new Set(colours);
  for (const [colour, object] of labels) {
    if (object === null || !present.has(colour)) continue;
    yield { object, inside: Uint8Array.from(colours, (value) => (value === colour ? 1 : 0)) };
  }
}

/** Packed colour of each pixel; grey pictures hold the number of the label in the file, counted from 0. */
function labelColours(picture: MaskPicture, labels: LabelMapFile): Uint32Array {
  const { data, channels, bits, palette, width, height } = picture;
  const shift = bits === 16 ? 8 : 0;
  const listed = [...labels.keys()];
  const colourAt = (i: number): number => {
    if (palette) return palette[data[i]];
    if (channels < 3) return listed[data[i * channels]] ?? NO_COLOUR;
    const at = i * channels;
    return packColour(data[at] >> shift, data[at + 1] >> shift, data[at + 2] >> shift);
  };
  return Uint32Array.from({ length: width * height }, (_, i) => colourAt(i));
}

/** Stands for a number that the file does not list. */
const NO_COLOUR = 0xffffffff;

function refuseForeignColours(
  present: ReadonlySet<number>,
  labels: LabelMapFile,
  picture: MaskPicture,
  file: string,
  labelMapFile: string,
): void {
  const foreign = [...present].filter((colour) => !labels.has(colour));
  if (foreign.length === 0) return;
  const values = formatCounts(countValues(picture));
  const what = `${foreign.length} of the colours are no labels of ${labelMapFile}: ${values}`;
  throw annotationFault(what, file, 'export it again, or read the colours as they are by --format picture');
}
