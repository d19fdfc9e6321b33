/** The two directions in which a kernelised memory matches, over one of its frames. */
import type { SheetFrame, SheetGrid } from './content.js';
import { centreOf, drawCells, MARK, type Place } from './marks.js';

/** Cells of the memory whose matches are drawn: those that would weigh most without the kernel. */
const ARROWS = 12;
/** They are drawn only if they would weigh this share of the one that would weigh most of all. */
const WORTH = 0.02;
/** What of its weight a cell must keep to count as kept. */
const KEPT = 0.5;
const KEPT_COLOUR = '#8dff6a';
const LOST_COLOUR = '#ff8a3d';

/**
 * Query to memory: outlines around the cells of the frame that marked cells resemble most. Memory to query: arrows from
 * the frame's strongest cells to what they resemble most in the segmented frame, in one colour where the kernel leaves
 * them their weight and in another where it takes it away.
 *
 * @param found cells of this frame
 * @param most the largest weight without the kernel, of all frames
 */
export function drawMatches(
  place: Place,
  grid: SheetGrid,
  { weights, plain, matches }: Pick<SheetFrame, 'weights' | 'plain' | 'matches'>,
  found: readonly number[],
  most: number,
): string {
  if (!plain || !matches) return '';
  const strongest = [...plain.keys()].sort((a, b) => plain[b] - plain[a]).slice(0, ARROWS);
  const arrows = strongest
    .filter((cell) => plain[cell] >= WORTH * most)
    .map((cell) => {
      const colour = weights[cell] >= KEPT * plain[cell] ? KEPT_COLOUR : LOST_COLOUR;
      return drawArrow(centreOf(place, grid, cell), centreOf(place, grid, matches[cell]), colour);
    });
  return drawCells(place, grid, [...new Set(found)]) + arrows.join('');
}

const HEAD = 6;

/** From a dot to a head; the dot alone where both are the same place. */
function drawArrow([x, y]: [number, number], [toX, toY]: [number, number], colour: string): string {
  const dot = `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="${colour}" stroke="#000"/>`;
  const length = Math.hypot(toX - x, toY - y);
  if (length < 1) return dot;
  const [dx, dy] = [(toX - x) / length, (toY - y) / length];
  const side = (sign: number) =>
    `${(toX - HEAD * dx + sign * 0.5 * HEAD * dy).toFixed(1)} ${(toY - HEAD * dy - sign * 0.5 * HEAD * dx).toFixed(1)}`;
  const end = `${toX.toFixed(1)} ${toY.toFixed(1)}`;
  const path = `M${x.toFixed(1)} ${y.toFixed(1)}L${end}M${side(1)}L${end}L${side(-1)}`;
  const line = (stroke: string, width: number) =>
    `<path d="${path}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linejoin="round"/>`;
  return line('#000', 3.4) + line(colour, 1.6) + dot;
}

/** What the colours mean. */
export const matchLegend: readonly { colour?: string; text: string }[] = [
  {
    text: 'The kernel, 0 to 1 in the same colours, of the cell of the memory that would weigh most without kernels (×): it stands on what that cell resembles most.',
  },
  { colour: MARK, text: 'Query → memory: what the outlined cells of the segmented frame resemble most.' },
  {
    colour: KEPT_COLOUR,
    text: 'Memory → query: from strong cells of the memory to what they resemble most in the segmented frame; these keep at least half of their weight.',
  },
  {
    colour: LOST_COLOUR,
    text: 'These point away from the cells that read them, and the kernel takes most of their weight.',
  },
];
