/**
 * J and F of a frame as the official evaluator defines them, written down without any thought of speed: whole frames,
 * one array a step. What `osvos evaluate` is measured against; shares no code with it, the decoder (sharp) included.
 */
import sharp from 'sharp';

/** Share of the frame's diagonal by which contours may be apart. */
const TOLERANCE = 0.008;

/** `[height, width]`: 1 or 0. */
interface Plane {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Scores of all that is not 0 in a mask, beside all that is not 0 in the annotation. */
export async function plainScores(maskFile: string, truthFile: string): Promise<{ J: number; F: number }> {
  const mask = await readObject(maskFile);
  const truth = await readObject(truthFile);
  return { J: jaccard(mask, truth), F: contourF(mask, truth) };
}

async function readObject(file: string): Promise<Plane> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const object = new Uint8Array(width * height);
  for (let i = 0; i < object.length; i++)
    for (let c = 0; c < channels; c++) if (data[i * channels + c] !== 0) object[i] = 1;
  return { width, height, data: object };
}

function jaccard(a: Plane, b: Plane): number {
  let [both, any] = [0, 0];
  for (let i = 0; i < a.data.length; i++) {
    if (a.data[i] === 1 && b.data[i] === 1) both++;
    if (a.data[i] === 1 || b.data[i] === 1) any++;
  }
  return any === 0 ? 1 : both / any;
}

function contourF(mask: Plane, truth: Plane): number {
  const radius = Math.ceil(TOLERANCE * Math.sqrt(mask.width ** 2 + mask.height ** 2));
  const [a, b] = [contour(mask), contour(truth)];
  const [sizeA, sizeB] = [count(a), count(b)];
  if (sizeA === 0 && sizeB === 0) return 1;
  if (sizeA === 0 || sizeB === 0) return 0;
  const precision = count(intersection(a, dilate(b, radius))) / sizeA;
  const recall = count(intersection(b, dilate(a, radius))) / sizeB;
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** Pixels that differ from their right, lower or lower right neighbour; neighbours outside of the frame do not count. */
function contour({ width, height, data }: Plane): Plane {
  const edge = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const right = x + 1 < width && data[i + 1] !== data[i];
      const below = y + 1 < height && data[i + width] !== data[i];
      const corner = x + 1 < width && y + 1 < height && data[i + width + 1] !== data[i];
      if (right || below || corner) edge[i] = 1;
    }
  }
  return { width, height, data: edge };
}

/** Paints a disk around each pixel that is set. */
function dilate({ width, height, data }: Plane, radius: number): Plane {
  const grown = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] === 0) continue;
      for (let dy = -radius; dy <= radius; dy++) {
        for (let dx = -radius; dx <= radius; dx++) {
          const inside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
          if (inside && dx * dx + dy * dy <= radius * radius) grown[(y + dy) * width + x + dx] = 1;
        }
      }
    }
  }
  return { width, height, data: grown };
}

function intersection(a: Plane, b: Plane): Plane {
  return { ...a, data: a.data.map((value, i) => value & b.data[i]) };
}

function count({ data }: Plane): number {
  let set = 0;
  for (const value of data) set += value;
  return set;
}
