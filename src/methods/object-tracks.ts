/** Where the objects were last, and from that where to look for them next. */
import { idsOf, type LabelMap } from '../label-map.js';
import { between, boxOf, hull, regionAround, wholeRegion, type Box } from './region.js';

/** How far a box goes from where it was to where the object is now: masks flicker, regions should not. */
const FOLLOW = 0.6;
/** With each frame in which an object was not found its box grows by this on all sides, up to the whole frame. */
const WIDEN = 1.5;

interface Track {
  box: Box;
  /** Frames since it was last seen. */
  missing: number;
}

/** Follows the boxes of objects from mask to mask; one region holds them all. */
export class ObjectTracks {
  private readonly tracks = new Map<number, Track>();

  /** Forgets all, and starts from the objects of an annotation. */
  start(labels: LabelMap): void {
    this.tracks.clear();
    this.include(labels);
  }

  /** Objects of an annotation are where it shows them; the others are where they were. */
  include(labels: LabelMap): void {
    for (const id of idsOf(labels)) {
      const box = boxOf(labels, (label) => label === id);
      if (box) this.tracks.set(id, { box, missing: 0 });
    }
  }

  /**
   * The region to look at next: the whole frame before any object was seen.
   *
   * @param smallest share of the frame's sides that the region's have at least
   */
  region(frame: { width: number; height: number }, smallest?: number): Box {
    if (this.tracks.size === 0) return wholeRegion(frame);
    const boxes = [...this.tracks.values()].map(({ box, missing }) => grown(box, WIDEN ** missing, frame));
    return regionAround(hull(boxes), frame, undefined, smallest);
  }

  /** Takes in what was found; `ids`: the objects that were looked for. */
  update(labels: LabelMap, ids: readonly number[]): void {
    for (const id of ids) {
      const box = boxOf(labels, (label) => label === id);
      const track = this.tracks.get(id);
      if (!track) {
        if (box) this.tracks.set(id, { box, missing: 0 });
      } else if (!box) {
        track.missing++;
      } else {
        // one found again is where it is now, whatever lies between
        track.box = track.missing > 0 ? box : between(track.box, box, FOLLOW);
        track.missing = 0;
      }
    }
  }
}

/** A box about its centre, no larger than the frame. */
function grown(box: Box, factor: number, frame: { width: number; height: number }): Box {
  const width = Math.min(box.width * factor, frame.width);
  const height = Math.min(box.height * factor, frame.height);
  return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height };
}
