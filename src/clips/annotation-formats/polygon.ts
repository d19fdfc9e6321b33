/** A corner in pixels: x to the right, y down, (0, 0) the upper left corner of the upper left pixel. */
export type Point = readonly [x: number, y: number];

/**
 * Paints a closed polygon into `inside`, `[height, width]`: pixels whose centre lies in it by the even-odd rule. A
 * centre on an edge belongs to the polygon on one side of it only, so that neighbours neither overlap nor leave a gap.
 * What lies outside of the picture is cut off.
 */
export function fillPolygon(corners: readonly Point[], inside: Uint8Array, width: number): void {
  const height = inside.length / width;
  const ys = corners.map(([, y]) => y);
  const first = Math.max(0, Math.floor(ys.reduce((a, b) => Math.min(a, b), Infinity)));
  const last = Math.min(height - 1, Math.ceil(ys.reduce((a, b) => Math.max(a, b), -Infinity)));
  for (let row = first; row <= last; row++) {
    const crossings = crossingsAt(corners, row + 0.5);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil(crossings[i] - 0.5));
      const to = Math.min(width, Math.ceil(crossings[i + 1] - 0.5));
      if (from < to) inside.fill(1, row * width + from, row * width + to);
    }
  }
}

/** Where a horizontal line crosses the edges, ascending. */
function crossingsAt(corners: readonly Point[], y: number): number[] {
  const crossings: number[] = [];
  corners.forEach(([x1, y1], i) => {
    const [x2, y2] = corners[(i + 1) % corners.length];
    // an end counts for the edge above it only: a corner on the line is met once or twice, as it should
    if (y1 <= y !== y2 <= y) crossings.push(x1 + ((y - y1) * (x2 - x1)) / (y2 - y1));
  });
  return crossings.sort((a, b) => a - b);
}
