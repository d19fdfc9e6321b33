/** What an import has made, as `--json` prints it and in lines. */
import path from 'node:path';
import type { AnnotationFormat } from '../clips/annotation-formats/annotations.js';

export interface ImportedMask {
  /** Frame or image that it belongs to. */
  name: string;
  mask: string;
  /** The frame with the objects in colour; null where the frame is not known. */
  overlay: string | null;
  width: number;
  height: number;
  /** Pixels that each object has in the end, and the part of the frame that they are. */
  objects: { id: number; object: string; pixels: number; share: number }[];
  /** Where objects lay one over the other; `over` has the pixels. */
  overlaps: { over: string; under: string; pixels: number }[];
}

export interface MaskImport {
  source: string;
  format: AnnotationFormat;
  /** The format in words. */
  described: string;
  /** Ids of all objects, and what they were given by: `--labels`, `the file` or `first appearance`. */
  ids: { object: string; id: number }[];
  rule: string;
  masks: ImportedMask[];
  notes: string[];
  /** Whether nothing was written, as asked. */
  dryRun: boolean;
}

export function describeImport(result: MaskImport): string {
  const { source, described, ids, rule, masks, notes, dryRun } = result;
  const images = masks.length === 1 ? '' : `, ${masks.length} masks`;
  return [
    `${path.basename(source)}: ${described}${images}`,
    ...notes,
    `ids by ${rule}: ${ids.map(({ object, id }) => `${object} is ${id}`).join(', ')}`,
    ...masks.flatMap(describeMask),
    ...(masks.every(({ overlay }) => overlay === null)
      ? ['no picture to look at: --frame PICTURE or --clip CLIP gives one, and checks the size']
      : []),
    ...(dryRun ? ['nothing was written: --dry-run'] : []),
  ].join('\n');
}

function describeMask({ mask, overlay, width, height, objects, overlaps }: ImportedMask): string[] {
  return [
    `${mask}: ${width}×${height}${overlay === null ? '' : `, look at ${overlay}`}`,
    ...objects.map(
      ({ id, object, pixels, share }) =>
        `  object ${id}${object === String(id) ? '' : ` (${object})`}: ${pixels} pixels, ${(100 * share).toFixed(1)} % of the frame`,
    ),
    ...overlaps.map(
      ({ over, under, pixels }) => `  ${over} lies over ${under}: ${pixels} pixels, the later shape has them`,
    ),
  ];
}
