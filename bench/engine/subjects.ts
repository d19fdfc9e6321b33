/** Who is measured: engines of the program, each in its precisions, and the peer. */
import { engineNames, precisionNames, type EngineName, type Precision } from '../../src/engine/engine.js';
import { headsOf, type NetworkName, type PictureSize } from './case.js';

export type { Precision };

export interface Subject {
  engine: string;
  precision: Precision;
}

/** Not one of the program's engines: the same work in PyTorch, see `peers/pytorch.py`. */
export const PEER = 'pytorch';

/** All rows of a case, in the order of their turns. */
export const subjects: readonly Subject[] = [
  { engine: 'torch', precision: 'bf16' },
  { engine: 'torch', precision: 'f32' },
  { engine: 'tensorflow', precision: 'f32' },
  { engine: PEER, precision: 'bf16' },
  { engine: PEER, precision: 'f32' },
];

/** One network at one size on so many threads: a row for each subject. */
export interface Case {
  network: NetworkName;
  size: PictureSize;
  threads: number;
}

/** The case of which the ratios are told. */
export const ratioCase: Case = { network: 'vgg16', size: { height: 480, width: 854 }, threads: 1 };

export function nameOf({ engine, precision }: Subject): string {
  return `${engine} ${precision}`;
}

export function formatPictureSize({ height, width }: PictureSize): string {
  return `${height}×${width}`;
}

export function sameCase(a: Case, b: Case): boolean {
  return (
    a.network === b.network &&
    formatPictureSize(a.size) === formatPictureSize(b.size) &&
    a.threads === b.threads
  );
}

/** `torch:bf16,tensorflow`; without a precision f32. */
export function parseSubjects(text: string): Subject[] {
  return text.split(',').map((item) => {
    const [engine, precision = 'f32'] = item.split(':');
    if (engine !== PEER && !isEngine(engine)) throw new Error(`no engine named ${engine}`);
    const known = precisionNames.find((name) => name === precision);
    if (!known) throw new Error(`no precision named ${precision}: ${item}`);
    return { engine, precision: known };
  });
}

export function parseNetworks(text: string): NetworkName[] {
  return text.split(',').map((name) => {
    if (!Object.hasOwn(headsOf, name))
      throw new Error(`no network named ${name}: use ${Object.keys(headsOf).join(', ')}`);
    return name as NetworkName;
  });
}

/** `240x427,480×854`: height first. */
export function parseSizes(text: string): PictureSize[] {
  return text.split(',').map((item) => {
    const [height, width] = item.split(/[x×]/).map((side) => parseCount(side, item));
    if (width === undefined) throw new Error(`a size is HEIGHTxWIDTH, not ${item}`);
    return { height, width };
  });
}

export function parseCount(text: string, where = text): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`no whole number above 0: ${where}`);
  return count;
}

export function isEngine(name: string): name is EngineName {
  return (engineNames as readonly string[]).includes(name);
}
