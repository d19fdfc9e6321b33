/**
 * A memory network of the real architecture whose numbers were not trained but set: it follows masks by colour. What it
 * finds can be told without it. Keys are the colour of every 16th pixel, values the mask there, and the decoder
 * enlarges what was read; all other numbers are zero.
 */
import { memoryShapes } from '../../../src/networks/memory/memory-network.js';
import {
  architectureName,
  type MemoryArchitecture,
} from '../../../src/networks/memory/memory-architecture.js';
import type { Frame } from '../../../src/frame.js';
import type { LabelMap } from '../../../src/label-map.js';
import { writeSafetensors } from '../../../src/weights/safetensors.js';
import type { Weights } from '../../../src/weights/weights.js';

/** Pixels of a cell, on a side. */
export const CELL = 16;

/** How sure it is of colours, and of what it read. */
const KEY_GAIN = 4;
const LOGIT_GAIN = 20;

/** Of a picture each colour's share above and below the mean, which ReLUs let through; beside them the mask. */
const COLOUR_CHANNELS = 6;
const MASK_CHANNEL = 6;

export function colourWeights(architecture: MemoryArchitecture): Weights {
  const shapes = memoryShapes(architecture);
  const weights: Weights = new Map();
  for (const [name, shape] of shapes) {
    const size = shape.reduce((a, b) => a * b, 1);
    weights.set(name, { dtype: 'F32', shape: [...shape], data: new Float32Array(size) });
  }
  /** In the middle of a filter. */
  const connect = (name: string, input: number, output: number, value: number) => {
    const [height, width, inputs, outputs] = shapes.get(`${name}.weight`)!;
    const middle = ((height - 1) / 2) * width + (width - 1) / 2;
    weights.get(`${name}.weight`)!.data[(middle * inputs + input) * outputs + output] = value;
  };
  for (const encoder of ['Encoder_Q', 'Encoder_M']) {
    for (let colour = 0; colour < 3; colour++) {
      connect(`${encoder}.conv1`, colour, 2 * colour, 1);
      connect(`${encoder}.conv1`, colour, 2 * colour + 1, -1);
    }
    // residual blocks pass on what they are given, where their own part is zero
    for (const layer of ['res3', 'res4']) {
      for (let k = 0; k <= MASK_CHANNEL; k++) connect(`${encoder}.${layer}.0.downsample`, k, k, 1);
    }
  }
  connect('Encoder_M.conv1_m', 0, MASK_CHANNEL, 1);
  const keys = architecture.keys === 'masked' ? ['KV_M_r4.Key', 'KV_Q_r4.Key'] : ['KV_Q_r4.Key'];
  for (const head of keys) for (let k = 0; k < COLOUR_CHANNELS; k++) connect(head, k, k, KEY_GAIN);
  connect('KV_M_r4.Value', MASK_CHANNEL, 0, 1);
  connect('Decoder.convFM', 0, 0, 1);
  connect('Decoder.pred2', 0, 1, LOGIT_GAIN);
  weights.get('Decoder.pred2.bias')!.data[1] = -LOGIT_GAIN / 2;
  return weights;
}

export async function writeColourNetwork(file: string, architecture: MemoryArchitecture): Promise<string> {
  await writeSafetensors(file, colourWeights(architecture), { architecture: architectureName(architecture) });
  return file;
}

const ground = [0, 0, 0];
const colours: Record<string, number[]> = { r: [255, 0, 0], g: [0, 255, 0], b: [0, 0, 255], '.': ground };
const ids: Record<string, number> = { r: 1, g: 2, b: 3 };

/**
 * A picture of cells, drawn so that the network sees each at one point alone.
 *
 * @param rows cells as letters: red (object 1), green (2), blue (3), and `.` for the ground
 * @param given ids that the mask shows
 */
export function drawCells(
  rows: readonly string[],
  index = 0,
  given: readonly number[] = [1, 2, 3],
): { frame: Frame; labels: LabelMap } {
  const [width, height] = [CELL * rows[0].length, CELL * rows.length];
  const rgb = new Uint8Array(3 * width * height);
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = letterAt(rows, (x + CELL / 2) / CELL, (y + CELL / 2) / CELL);
      rgb.set(colours[cell], 3 * (y * width + x));
      data[y * width + x] = given.includes(ids[cell]) ? ids[cell] : 0;
    }
  }
  const name = String(index).padStart(5, '0');
  return { frame: { index, name, width, height, rgb }, labels: { width, height, data } };
}

function letterAt(rows: readonly string[], x: number, y: number): string {
  const row = rows[Math.min(Math.floor(y), rows.length - 1)];
  return row[Math.min(Math.floor(x), row.length - 1)];
}

/** What is seen of labels in the middle of each cell, in the letters of `drawCells`. */
export function readCells({ width, height, data }: LabelMap): string[] {
  const letter = (id: number) => Object.keys(ids).find((key) => ids[key] === id) ?? (id === 0 ? '.' : '?');
  return Array.from({ length: height / CELL }, (_, row) =>
    Array.from({ length: width / CELL }, (_, column) =>
      letter(data[(row * CELL + CELL / 2) * width + column * CELL + CELL / 2]),
    ).join(''),
  );
}
