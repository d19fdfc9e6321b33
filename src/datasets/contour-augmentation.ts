/** Random views of pictures with contour maps. */
import type { Random } from '../random.js';
import { changeLight, compose, parentAugmentation, warp, type Affine } from './augmentation.js';
import type { Sample } from './sample.js';

interface Size {
  width: number;
  height: number;
}

const SCALE = [0.75, 1.5] as const;
/** Share of views with any angle; the others turn by multiples of 90°, which blurs nothing. */
const ANY_ANGLE = 0.5;
/** Contours of dark pictures are contours: light changes less than for objects. */
const LIGHT = { ...parentAugmentation, contrast: 0.15, brightness: 12 };

/**
 * A mark of a contour map stands for the corner at the lower right of its pixel (BSDS500), half a pixel away in both
 * directions, and has to stay there when the picture turns.
 */
const MARK_OFFSET = 0.5;

/** A map that brings a random place of the picture, turned, flipped and scaled, into the middle of the canvas. */
function drawView(random: Random, picture: Size, canvas: Size): Affine {
  const scale = SCALE[0] * (SCALE[1] / SCALE[0]) ** random.next();
  const angle = random.chance(ANY_ANGLE) ? random.uniform(0, 2 * Math.PI) : (random.integer(4) * Math.PI) / 2;
  const flip = random.chance(0.5) ? -1 : 1;
  const cos = scale * Math.cos(angle);
  const sin = scale * Math.sin(angle);
  // far enough from the border that the canvas is filled, where the picture is large enough for that
  const turned = Math.abs(Math.cos(angle)) < Math.SQRT1_2;
  const reach = (side: number, half: number) => {
    const margin = Math.min(half / scale, (side - 1) / 2);
    return random.uniform(margin, side - 1 - margin);
  };
  const x = reach(picture.width, (turned ? canvas.height : canvas.width) / 2);
  const y = reach(picture.height, (turned ? canvas.width : canvas.height) / 2);
  const turn: Affine = [flip * cos, -sin, 0, flip * sin, cos, 0];
  const toMiddle: Affine = [1, 0, (canvas.width - 1) / 2, 0, 1, (canvas.height - 1) / 2];
  return compose(toMiddle, compose(turn, [1, 0, -x, 0, 1, -y]));
}

/** A random view in new light that shows a contour; after too many tries one without. */
export function augmentContours(sample: Sample, random: Random, canvas: Size): Sample {
  const maximalTries = 10;
  let view: Sample;
  let attempt = 0;
  do view = warp(sample, drawView(random, sample, canvas), canvas, { labelsAt: MARK_OFFSET });
  while (!view.labels.includes(1) && ++attempt < maximalTries);
  changeLight(view.rgb, random, LIGHT);
  return view;
}
