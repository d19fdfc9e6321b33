/** Moves the outlines of masks to those of the picture, in a thread beside the network. */
import type { ContourNetwork } from '../methods/contours/contour-network.js';
import { seesContours, type SnapSettings } from '../methods/contours/snap-settings.js';
import { writeGrey } from '../clips/write-mask.js';
import type { Size } from '../clips/network-size.js';
import type { Frame } from '../frame.js';
import type { OutputPaths } from './output-folder.js';
import type { LabelMap, Probabilities } from '../label-map.js';
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
  /** Looks at a frame; the engine has a part in it, so that two looks must not overlap. */
  look(frame: Frame): Promise<Snap>;
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
    async look(frame) {
      const map = await contours?.map(frame);
      return snapFrame(settings, threshold, thread, frame, map);
    },
    async close() {
      contours?.network.network.dispose();
      await thread.end();
    },
  };
}

/** The network, and what finds contours with it: the tensor library is loaded only here. */
async function openContours({ contours, scales }: SnapSettings): Promise<{
  network: ContourNetwork;
  map: (frame: Frame) => Promise<Float32Array>;
}> {
  const { loadContourNetwork } = await import('../methods/contours/contour-network.js');
  const { contourMap } = await import('../methods/contours/contour-map.js');
  const network = await loadContourNetwork(contours);
  return { network, map: (frame) => contourMap(network, frame, scales) };
}

function snapFrame(
  { rule, threshold, clearMajority, saveContours }: SnapSettings,
  maskThreshold: number,
  thread: Thread<SnapTask, SnapOutcome>,
  { width, height, rgb }: Frame,
  contours: Float32Array | undefined,
): Snap {
  const size = { width, height };
  const draw = async (): Promise<SnapPictures | undefined> => {
    if (!contours || !saveContours) return undefined;
    const { data } = await thread.run({ ...size, kind: 'draw', contours });
    return { contours, ucm: data as Float32Array };
  };
  return {
    pictures: draw,
    async labels(p, decide) {
      if (rule === 'bilateral') {
        const { data } = await thread.run({
          ...size,
          kind: 'bilateral',
          rgb,
          ids: p.ids,
          p: p.data,
          threshold: maskThreshold,
        });
        return decide({ ...p, data: data as Float32Array });
      }
      const labels = decide(p);
      if (rule === 'none' || !contours) return labels;
      const task = { ...size, contours, labels: labels.data, threshold, clearMajority };
      const { data } = await thread.run({ kind: 'ucm', ...task });
      return { ...size, data: data as Uint8Array };
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
