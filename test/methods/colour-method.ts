/** A method that knows objects by their mean colour: what it is given to see can be told from its masks. */
import type { Frame } from '../../src/frame.js';
import { idsOf } from '../../src/label-map.js';
import type { Annotation, Method } from '../../src/methods/method.js';
import type { RegionOptions } from '../../src/methods/region-of-interest.js';
import type { Weights } from '../../src/weights/weights.js';

export interface ColourOptions extends RegionOptions {
  seed: number;
}

/** What it was given. */
export interface ColourTrace {
  learnt: { frame: Frame; objectPixels: number }[];
  seen: Frame[];
}

/** Squared distance of colours below which a pixel belongs. */
const NEAR = 60 ** 2;

export function colourMethod(trace: ColourTrace = { learnt: [], seen: [] }): Method<ColourOptions> {
  return {
    name: 'colour',
    family: 'online',
    annotations: 'all-before-start',
    threshold: 0.5,
    async open() {
      let colours = new Map<number, number[]>();
      return {
        async learn(annotations) {
          for (const { frame, labels } of annotations) {
            const objectPixels = labels.data.filter((label) => label > 0).length;
            trace.learnt.push({ frame, objectPixels });
            for (const id of idsOf(labels)) colours.set(id, meanColour({ frame, labels }, id));
          }
        },
        async segment(frame) {
          trace.seen.push(frame);
          const { width, height, rgb } = frame;
          const ids = [...colours.keys()].sort((a, b) => a - b);
          const data = new Float32Array(ids.length * width * height);
          ids.forEach((id, k) => {
            const colour = colours.get(id)!;
            for (let i = 0; i < width * height; i++) {
              const distance = colour.reduce((sum, value, c) => sum + (value - rgb[3 * i + c]) ** 2, 0);
              data[k * width * height + i] = distance < NEAR ? 0.9 : 0.1;
            }
          });
          return { ids, width, height, data };
        },
        async save(): Promise<Weights> {
          return new Map(
            [...colours].map(([id, colour]) => [
              `object.${id}.colour`,
              { dtype: 'F32' as const, shape: [3], data: Float32Array.from(colour) },
            ]),
          );
        },
        async restore(state) {
          colours = new Map(
            [...state].map(([name, { data }]) => [Number(name.split('.')[1]), [...data] as number[]]),
          );
        },
        close: () => undefined,
      };
    },
  };
}

function meanColour({ frame, labels }: Annotation, id: number): number[] {
  const sums = [0, 0, 0];
  let count = 0;
  labels.data.forEach((label, i) => {
    if (label !== id) return;
    count++;
    for (let c = 0; c < 3; c++) sums[c] += frame.rgb[3 * i + c];
  });
  return sums.map((sum) => sum / count);
}
