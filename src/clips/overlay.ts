import sharp from 'sharp';
import type { Frame } from '../frame.js';
import { VOID, type LabelMap } from '../label-map.js';
import { writeFileAtomically } from './atomic-file.js';
import { davisPalette, type Colour } from './palette.js';

const OPACITY = 0.5; // of the object's colour over the frame
const JPEG_QUALITY = 90;
const PIXELS_PER_LINE = 480; // short side that gets a contour one pixel wide; larger frames get wider ones

/** A colour at full brightness, for lines that must be seen on any ground. */
function brighten([red, green, blue]: Colour): Colour {
  const scale = 255 / Math.max(red, green, blue, 1);
  return [Math.round(red * scale), Math.round(green * scale), Math.round(blue * scale)];
}

const lineColours = davisPalette.map(brighten);

/**
 * The frame with its objects: each in its palette colour at 50 %, its contour as a bright line inside of it.
 * Returns `[height, width, 3]`; pixels without an object, and void ones, stay as they are.
 */
export function drawOverlay(frame: Pick<Frame, 'width' | 'height' | 'rgb'>, labels: LabelMap): Uint8Array {
  const { width, height } = frame;
  const line = Math.max(1, Math.round(Math.min(width, height) / PIXELS_PER_LINE));
  const rgb = Uint8Array.from(frame.rgb);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const id = labels.data[i];
      if (id === 0 || id === VOID) continue;
      const contour = isContour(labels, x, y, line);
      const colour = contour ? lineColours[id] : davisPalette[id];
      for (let c = 0; c < 3; c++) {
        rgb[3 * i + c] = contour
          ? colour[c]
          : Math.round((1 - OPACITY) * rgb[3 * i + c] + OPACITY * colour[c]);
      }
    }
  }
  return rgb;
}

/**
 * Whether another label is at most `line` pixels away along a row or column; the frame's edge is no contour.
 */
function isContour({ data, width, height }: LabelMap, x: number, y: number, line: number): boolean {
  const i = y * width + x;
  const id = data[i];
  for (let d = 1; d <= line; d++) {
    if (x >= d && data[i - d] !== id) return true;
    if (x + d < width && data[i + d] !== id) return true;
    if (y >= d && data[i - d * width] !== id) return true;
    if (y + d < height && data[i + d * width] !== id) return true;
  }
  return false;
}

/** Writes the overlay of a frame as JPEG, whole or not at all. Throws `cannot-write` (exit 7). */
export async function writeOverlay(
  file: string,
  frame: Pick<Frame, 'width' | 'height' | 'rgb'>,
  labels: LabelMap,
): Promise<void> {
  const { width, height } = frame;
  const picture = sharp(drawOverlay(frame, labels), { raw: { width, height, channels: 3 } });
  await writeFileAtomically(file, await picture.jpeg({ quality: JPEG_QUALITY }).toBuffer());
}
