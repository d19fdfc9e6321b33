/** The direction in which the outlines between regions run, one straight piece after the other. */
import type { Partition } from './partition.js';
import { createWorkspace, type Workspace } from './workspace.js';

/**
 * An arc may lie so far beside a straight piece, in pixels. Cracks only run along rows and columns: those of a straight
 * line lie up to √2 beside it.
 */
const MAX_DEVIATION = 1.5;

/** Corners of pixels, `[height + 1, width + 1]`, and the cracks that meet there. */
interface Corners {
  stride: number;
  /** By corner: number of cracks that end there. */
  degrees: Uint8Array;
  /** By corner, up to four of its cracks. */
  meeting: Int32Array;
}

/** A run of cracks from corner to corner. */
interface Run {
  /** One more than there are cracks. */
  corners: Int32Array;
  cracks: Int32Array;
  /** Number of cracks. */
  length: number;
}

/**
 * Angle of the straight piece that each crack lies on, in radians with y down, of either direction.
 *
 * Cracks are followed from junction to junction (corners at which not just two of them meet), or round a region that
 * has none, and each run is split where it is farthest from its chord until no piece is far (Ramer 1972, Douglas &
 * Peucker 1973).
 *
 * @param cracks of all arcs, as in a `RegionGraph`
 * @returns by crack
 */
export function chordAngles(
  { width, height }: Partition,
  cracks: Int32Array,
  work: Workspace = createWorkspace(),
): Float32Array {
  const angles = work.float32('pieces.angles', cracks.length);
  const corners = meetAtCorners(width, height, cracks, work);
  const run: Run = {
    corners: work.int32('pieces.runCorners', cracks.length + 1),
    cracks: work.int32('pieces.runCracks', cracks.length),
    length: 0,
  };
  const done = work.uint8('pieces.done', cracks.length).fill(0);
  const split = work.int32('pieces.split', 2 * (cracks.length + 1));
  // first what ends at a junction, then what is left: rings
  for (const rings of [false, true]) {
    for (let crack = 0; crack < cracks.length; crack++) {
      const ends = endsOf(cracks[crack], width);
      for (let k = 0; k < 2 && done[crack] === 0; k++) {
        if (!rings && corners.degrees[ends[k]] === 2) continue;
        follow(crack, ends[k], cracks, width, corners, done, run);
        splitRun(run, corners.stride, angles, split);
      }
    }
  }
  return angles;
}

/** The two corners of a crack: from top to bottom, or from left to right. */
function endsOf(crack: number, width: number): [number, number] {
  const pixel = crack >> 1;
  const corner = pixel + Math.floor(pixel / width); // upper left corner of the pixel
  const opposite = corner + width + 2;
  return (crack & 1) === 0 ? [corner + 1, opposite] : [opposite - 1, opposite];
}

function meetAtCorners(width: number, height: number, cracks: Int32Array, work: Workspace): Corners {
  const stride = width + 1;
  const degrees = work.uint8('pieces.degrees', stride * (height + 1)).fill(0);
  const meeting = work.int32('pieces.meeting', 4 * stride * (height + 1));
  for (let crack = 0; crack < cracks.length; crack++) {
    for (const corner of endsOf(cracks[crack], width)) meeting[4 * corner + degrees[corner]++] = crack;
  }
  return { stride, degrees, meeting };
}

/** Follows the cracks from one of a corner's to the next junction, or round to the same corner. */
function follow(
  crack: number,
  start: number,
  cracks: Int32Array,
  width: number,
  { degrees, meeting }: Corners,
  done: Uint8Array,
  run: Run,
): void {
  let corner = start;
  run.length = 0;
  run.corners[0] = start;
  for (;;) {
    done[crack] = 1;
    const [one, other] = endsOf(cracks[crack], width);
    corner = corner === one ? other : one;
    run.cracks[run.length++] = crack;
    run.corners[run.length] = corner;
    if (degrees[corner] !== 2 || corner === start) return;
    crack = meeting[4 * corner] === crack ? meeting[4 * corner + 1] : meeting[4 * corner];
  }
}

/** Writes the angles of a run's cracks. `stack` holds the pieces that are still to be looked at. */
function splitRun(run: Run, stride: number, angles: Float32Array, stack: Int32Array): void {
  const { corners, cracks } = run;
  let depth = 0;
  stack[depth++] = 0;
  stack[depth++] = run.length;
  while (depth > 0) {
    const to = stack[--depth];
    const from = stack[--depth];
    const x = corners[from] % stride;
    const y = Math.floor(corners[from] / stride);
    const dx = (corners[to] % stride) - x;
    const dy = Math.floor(corners[to] / stride) - y;
    const chord = Math.hypot(dx, dy);
    let farthest = from;
    let greatest = MAX_DEVIATION;
    for (let k = from + 1; k < to; k++) {
      const px = (corners[k] % stride) - x;
      const py = Math.floor(corners[k] / stride) - y;
      // a ring ends where it starts: there is no chord yet, only a distance
      const distance = chord > 0 ? Math.abs(px * dy - py * dx) / chord : Math.hypot(px, py);
      if (distance > greatest) {
        greatest = distance;
        farthest = k;
      }
    }
    if (farthest > from) {
      stack[depth++] = from;
      stack[depth++] = farthest;
      stack[depth++] = farthest;
      stack[depth++] = to;
    } else {
      const angle = Math.atan2(dy, dx);
      for (let k = from; k < to; k++) angles[cracks[k]] = angle;
    }
  }
}
