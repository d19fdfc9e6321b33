/** Moves the outlines of masks to those of the picture, in a thread beside the network. */
import type { ContourNetwork } from '../methods/contours/contour-network.js';
import { seesContours, type SnapSettings } from '../methods/contours/snap-settings.js';
import { writeGrey } from '../clips/write-mask.js';
import type { Size } from '../clips/network-size.js';
import type { Frame } from '../frame.js';
import type { OutputPaths } from './output-folder.js';
import type { LabelMap } from '../label-map.js';
import { cutOut, pasteLabels, regionNearMasks } from '../methods/contours/region-near-masks.js';
import type { SnapOutcome, SnapTask } from './snap-frame.js';
import { startThread } from './thread.js';

/** Grey pictures of what masks are snapped to, `[H, W]`, 0–1. */
export interface SnapPictures {
  contours: Float32Array;
  /** Ultrametric contour map: how strong the outlines of superpixels are. */
  ucm: Float32Array;
}

/** One frame. */
export interface Snap {
  /** The frame’s labels with their outlines moved. */
  move(labels: LabelMap): Promise<LabelMap>;
  /** Undefined where they were not asked for. */
  pictures(): Promise<SnapPictures | undefined>;
}

export interface Snapper {
  /**
   * Looks at a frame around these labels, in which those to be moved are contained. The engine has a part in it, so
   * that two looks must not overlap.
   */
  look(frame: Frame, around: LabelMap): Promise<Snap>;
  /** Gives back network and thread. */
  close(): Promise<void>;
}

/**
 * Opens what the settings ask for; undefined where it is nothing. The engine must run.
 *
 * @throws OsvosError `weights-missing`, `weights-unfit`
 */
export async function openSnapper(settings: SnapSettings | undefined): Promise<Snapper | undefined> {
  if (!settings) return undefined;
  if (settings.rule === 'none' && !settings.saveContours) return undefined;
  const contours = seesContours(settings) ? await openContours(settings) : undefined;
  const thread = startThread<SnapTask, SnapOutcome>(new URL('./snap-worker.js', import.meta.url));
  return {
    async look(frame, around) {
      const pictures = await picturesOf(frame);
      const box = settings.rule === 'none' ? undefined : regionNearMasks(around);
      if (!box) return { pictures, move: async (labels) => labels };
      const rgb = cutOut(frame.rgb, frame.width, box, 3);
      const part = { width: box.width, height: box.height, rgb };
      const taskFor = await taskMaker(part);
      return {
        pictures,
        async move(labels) {
          const { data } = await thread.run(taskFor(cutOut(labels.data, labels.width, box, 1)));
          return pasteLabels(labels, data as Uint8Array, box);
        },
      };
    },
    async close() {
      contours?.network.network.dispose();
      await thread.end();
    },
  };

  /** What the thread is to do with the labels of a part of a frame. */
  async function taskMaker({ width, height, rgb }: Part): Promise<(labels: Uint8Array) => SnapTask> {
    if (settings?.rule !== 'ucm' || !contours) {
      return (labels) => ({ kind: 'bilateral', width, height, rgb, labels });
    }
    const { threshold, clearMajority } = settings;
    const map = await contours.map({ width, height, rgb });
    return (labels) => ({ kind: 'ucm', width, height, contours: map, labels, threshold, clearMajority });
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

type Part = Pick<Frame, 'width' | 'height' | 'rgb'>;

/** The network, and what finds contours with it: the tensor library is loaded only here. */
async function openContours({ contours, scales }: SnapSettings): Promise<{
  network: ContourNetwork;
  map: (picture: Part) => Promise<Float32Array>;
}> {
  const { loadContourNetwork } = await import('../methods/contours/contour-network.js');
  const { contourMap } = await import('../methods/contours/contour-map.js');
  const network = await loadContourNetwork(contours);
  return { network, map: (picture) => contourMap(network, picture, scales) };
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
