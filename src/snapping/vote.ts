/** Labels that fill whole regions: the pixels of each region vote. */
import { VOID, type LabelMap } from '../label-map.js';
import { checkSameSize } from './contour-map.js';
import type { Partition } from './partition.js';
import { createWorkspace, type Workspace } from './workspace.js';

export interface VoteOptions {
  /**
   * Share of a region's pixels, at least 0.5, above which its most frequent label gets all of it; regions in which no
   * label has that keep their labels as they are. Without it the most frequent label always wins.
   */
  clearMajority?: number;
  /**
   * With `clearMajority`: what an object has in a region that keeps its labels becomes background unless it is more than
   * this share of the whole object.
   */
  leastPart?: number;
}

/** The second rule in the code of Caelles et al. 2017, which they do not use: from 30 to 70 % a region stays as it is. */
export const clearVote: Required<VoteOptions> = { clearMajority: 0.7, leastPart: 0.05 };

/**
 * Gives all pixels of a region the label that most of them have; where several are equally frequent, the lowest: with one
 * object that is the background. Void pixels neither vote nor change. A region that is the whole frame says nothing
 * about where outlines are: the labels then stay as they are.
 *
 * @throws OsvosError `mask-size` where regions and labels differ in size
 */
export function voteLabels(
  regions: Partition,
  labels: LabelMap,
  { clearMajority, leastPart = 0 }: VoteOptions = {},
  work: Workspace = createWorkspace(),
): LabelMap {
  checkSameSize(labels, regions, ['the labels are', 'the superpixels']);
  const { width, height } = labels;
  if (regions.count === 1) return { width, height, data: labels.data.slice() };
  const ballot = countVotes(regions, labels, work);
  const winners = findWinners(ballot, regions.count, clearMajority, work);
  const faint = clearMajority === undefined ? undefined : findFaint(ballot, regions.count, leastPart, work);
  const { places, ids } = ballot;
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const label = labels.data[i];
    const region = regions.map[i];
    if (label === VOID) data[i] = VOID;
    else if (winners[region] >= 0) data[i] = winners[region];
    else data[i] = faint && faint[region * ids.length + places[label]] === 1 ? 0 : label;
  }
  return { width, height, data };
}

interface Ballot {
  /** Labels that occur, ascending, without void; with the background in any case. */
  ids: number[];
  /** By label: its place among `ids`. */
  places: Uint8Array;
  /** `[regions, ids]`: pixels. */
  votes: Int32Array;
}

function countVotes({ count, map }: Partition, { data }: LabelMap, work: Workspace): Ballot {
  const seen = new Uint8Array(256);
  for (let i = 0; i < data.length; i++) seen[data[i]] = 1;
  const ids = [0];
  for (let id = 1; id < VOID; id++) if (seen[id]) ids.push(id);
  const places = new Uint8Array(256);
  ids.forEach((id, place) => (places[id] = place));
  const votes = work.int32('vote.votes', count * ids.length).fill(0);
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== VOID) votes[map[i] * ids.length + places[data[i]]]++;
  }
  return { ids, places, votes };
}

/** By region: the label that it gets, −1 where it keeps its own. */
function findWinners(
  { ids, votes }: Ballot,
  regions: number,
  clearMajority: number | undefined,
  work: Workspace,
): Int32Array {
  const winners = work.int32('vote.winners', regions);
  for (let region = 0; region < regions; region++) {
    let best = 0;
    let sum = 0;
    for (let place = 0; place < ids.length; place++) {
      const pixels = votes[region * ids.length + place];
      sum += pixels;
      if (pixels > votes[region * ids.length + best]) best = place;
    }
    const clear = clearMajority === undefined || votes[region * ids.length + best] > clearMajority * sum;
    winners[region] = clear ? ids[best] : -1;
  }
  return winners;
}

/** `[regions, ids]`: 1 where an object has too small a part of itself in a region to keep it. */
function findFaint({ ids, votes }: Ballot, regions: number, leastPart: number, work: Workspace): Uint8Array {
  const sums = new Float64Array(ids.length);
  for (let k = 0; k < regions * ids.length; k++) sums[k % ids.length] += votes[k];
  const faint = work.uint8('vote.faint', regions * ids.length);
  for (let k = 0; k < faint.length; k++) faint[k] = votes[k] > leastPart * sums[k % ids.length] ? 0 : 1;
  return faint;
}
