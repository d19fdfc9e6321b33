import sharp from 'sharp';
import { drawText, svg } from './marks.js';

/** Whether the system has a font: without one all letters are the same box. */
export async function canDrawText(): Promise<boolean> {
  const draw = (letter: string) =>
    sharp(Buffer.from(svg(32, 32, [drawText(4, 24, letter)])))
      .raw()
      .toBuffer();
  const [narrow, wide] = await Promise.all([draw('i'), draw('W')]);
  return !narrow.equals(wide);
}
