/** Moves the outlines of masks to those of the picture, in a thread beside the network. */
import type { ContourNetwork } from '../methods/contours/contour-network.js';
import { seesContours, type SnapSettings } from '../methods/contours/snap-settings.js';
import { writeGrey } from '../clips/write-mask.js';
import type { Size } from '../clips/network-size.js';
import type { Frame } from '../frame.js';
import type { OutputPaths } from './output-folder.js';
import { labelsFromProbabilities, type LabelMap, type Probabilities } from '../label-map.js';
import { cutOut, pasteLabels, regionNearMasks } from '../methods/contours/region-near-masks.js';
import type { Box } from '../methods/region.js';
import type { SnapOutcome, SnapTask } from './snap-frame.js';
import { startThread, type Thread } from './thread.js';

/** Decides labels from probabilities. */
export type Decide = (p: Probabilities) => LabelMap;

/** Grey pictures of what masks are snapped to, `[H, W]`, 0–1. */
export interface SnapPictures {
  contours: Float32Array;
  /** Ultrametric contour map: how strong the outlines of superpixels are. */
  ucm: Float32Array;
}

/** One frame. */
export interface Snap {
  /** `decide`’s labels, snapped; or its labels of smoothed probabilities. */
  labels(p: Probabilities, decide: Decide): Promise<LabelMap>;
  /** Undefined where they were not asked for. */
  pictures(): Promise<SnapPictures | undefined>;
}

export interface Snapper {
  /** Looks at a frame with these probabilities; the engine has a part in it, so that two looks must not overlap. */
  look(frame: Frame, p: Probabilities): Promise<Snap>;
  /** Gives back network and thread. */
  close(): Promise<void>;
}

/**
 * Opens what the settings ask for; undefined where it is nothing. The engine must run.
 *
 * @param threshold of the probabilities from which labels are decided
 * @throws OsvosError `weights-missing`, `weights-unfit`
 */
export async function openSnapper(
  settings: SnapSettings | undefined,
  threshold: number,
): Promise<Snapper | undefined> {
  if (!settings) return undefined;
  if (settings.rule === 'none' && !settings.saveContours) return undefined;
  const contours = seesContours(settings) ? await openContours(settings) : undefined;
  const thread = startThread<SnapTask, SnapOutcome>(new URL('./snap-worker.js', import.meta.url));
  return {
    look: async (frame, p) =>
      settings.rule === 'bilateral'
        ? smoothing(thread, frame, threshold, await picturesOf(frame))
        : voting(thread, settings, await contoursNear(frame, p), await picturesOf(frame)),
    async close() {
      contours?.network.network.dispose();
      await thread.end();
    },
  };

  /** Around the masks, where masks are voted on. */
  async function contoursNear(frame: Frame, p: Probabilities): Promise<PartialMap | undefined> {
    if (settings?.rule !== 'ucm' || !contours) return undefined;
    const box = regionNearMasks(labelsFromProbabilities(p, threshold));
    if (!box) return undefined;
    const rgb = cutOut(frame.rgb, frame.width, box, 3);
    return { box, map: await contours.map({ width: box.width, height: box.height, rgb }) };
  }

  /** Of the whole frame, where pictures are asked for. */
  async function picturesOf(frame: Frame): Promise<Snap['pictures']> {
    if (!settings?.saveContours || !contours) return async () => undefined;
    const map = await contours.map(frame);
    const { width, height } = frame;
    return async () => {
      const { data } = await thread.run({ kind: 'draw', width, height, contours: map });
      return { contours: map, ucm: data as Float32Array };
    };
  }
}

/** Contours of a part of a frame. */
interface PartialMap {
  box: Box;
  map: Float32Array;
}

/** The network, and what finds contours with it: the tensor library is loaded only here. */
async function openContours({ contours, scales }: SnapSettings): Promise<{
  network: ContourNetwork;
  map: (picture: Pick<Frame, 'width' | 'height' | 'rgb'>) => Promise<Float32Array>;
}> {
  const { loadContourNetwork } = await import('../methods/contours/contour-network.js');
  const { contourMap } = await import('../methods/contours/contour-map.js');
  const network = await loadContourNetwork(contours);
  return { network, map: (picture) => contourMap(network, picture, scales) };
}

type SnapThread = Thread<SnapTask, SnapOutcome>;

function voting(
  thread: SnapThread,
  { threshold, clearMajority }: SnapSettings,
  found: PartialMap | undefined,
  pictures: Snap['pictures'],
): Snap {
  return {
    pictures,
    async labels(p, decide) {
      const labels = decide(p);
      if (!found) return labels;
      const { box, map: contours } = found;
      const part = cutOut(labels.data, labels.width, box, 1);
      const task = { width: box.width, height: box.height, contours, labels: part, threshold, clearMajority };
      const { data } = await thread.run({ kind: 'ucm', ...task });
      return pasteLabels(labels, data as Uint8Array, box);
    },
  };
}

function smoothing(
  thread: SnapThread,
  { width, height, rgb }: Frame,
  threshold: number,
  pictures: Snap['pictures'],
): Snap {
  return {
    pictures,
    async labels(p, decide) {
      const task = { width, height, rgb, ids: p.ids, p: p.data, threshold };
      const { data } = await thread.run({ kind: 'bilateral', ...task });
      return decide({ ...p, data: data as Float32Array });
    },
  };
}

/** Writes what masks were snapped to, as grey pictures. Throws `cannot-write`. */
export async function writeSnapPictures(
  paths: Pick<OutputPaths, 'contours' | 'ucm'>,
  frame: string,
  { width, height }: Size,
  { contours, ucm }: SnapPictures,
): Promise<void> {
  await writeGrey(paths.contours(frame), contours, width, height);
  await writeGrey(paths.ucm(frame), ucm, width, height);
}
