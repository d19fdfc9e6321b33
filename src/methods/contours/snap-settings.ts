/** How masks are snapped to the contours of their frames. */

/** `ucm`: a vote of superpixels; `bilateral`: probabilities smoothed where the picture is smooth. */
export const snapRules = ['none', 'ucm', 'bilateral'] as const;
export type SnapRule = (typeof snapRules)[number];

export interface SnapSettings {
  rule: SnapRule;
  /** Name or file of the contour network. */
  contours: string;
  /** Factors on the frame's size at which contours are looked for; their mean counts. */
  scales: readonly number[];
  /** Outlines of superpixels are stronger than this. */
  threshold: number;
  /** Superpixels in which no label has more than this share stay as they are; at 0.5 the most frequent label always wins. */
  clearMajority: number;
  /** Also write contours and ultrametric contour maps as pictures. */
  saveContours: boolean;
}

/** Whether the contour network is needed. */
export function seesContours({ rule, saveContours }: SnapSettings): boolean {
  return rule === 'ucm' || saveContours;
}

/** Chosen on the hold-out sequences; figures in docs/experiments.md. */
export const snapDefaults = {
  rule: 'bilateral',
  contours: 'contour-resnet50-v1',
  scales: [0.75, 1.5],
  threshold: 0.2,
  clearMajority: 0.5,
  saveContours: false,
} as const satisfies SnapSettings;
