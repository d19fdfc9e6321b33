/** What went wrong, as a user meets it: one class, one table of codes. `docs/errors.md` is made from the table. */

interface ErrorKind {
  /** Exit code of the process; see the table in the README. */
  exit: number;
  /** When it happens, one sentence. */
  meaning: string;
  /** What to do about it, one sentence. */
  cure: string;
}

const kinds = {
  usage: {
    exit: 2,
    meaning: 'Flags or arguments that do not fit together.',
    cure: 'See the command’s --help.',
  },
  'output-exists': {
    exit: 2,
    meaning: 'The output folder holds files of another run or foreign files.',
    cure: 'Choose another --out, or --force to overwrite.',
  },
  'record-differs': {
    exit: 2,
    meaning: 'The output folder belongs to a run with other options.',
    cure: 'Use the same options to go on, another --out, or --force.',
  },
  'unknown-frame': {
    exit: 2,
    meaning: 'A frame key names no frame of the clip.',
    cure: 'Use a frame’s file stem, or a number between the first and last that the message names.',
  },
  'clip-unreadable': {
    exit: 3,
    meaning: 'A clip, frame or folder cannot be read.',
    cure: 'Check the file that the message names; re-export truncated frames.',
  },
  'frame-sizes': {
    exit: 3,
    meaning: 'The frames of one clip differ in size.',
    cure: 'Export all frames at one size.',
  },
  'mask-unreadable': {
    exit: 3,
    meaning: 'A mask cannot be read, or its colours are no labels.',
    cure: '`osvos mask inspect FILE` explains any mask.',
  },
  'mask-size': {
    exit: 3,
    meaning: 'A mask differs in size from its frame.',
    cure: '--fit-mask rescales a mask of the same aspect.',
  },
  'mask-empty': {
    exit: 3,
    meaning: 'A mask has no object.',
    cure: 'Paint the object with a value other than 0.',
  },
  'too-many-ids': {
    exit: 3,
    meaning: 'A mask has more than 20 object ids.',
    cure: 'Save it as indexed PNG without smoothing, or as black and white.',
  },
  'annotations-unreadable': {
    exit: 3,
    meaning: 'Annotations of another tool cannot be read, or hold shapes that are no masks.',
    cure: 'Export them again; `osvos mask import --help` lists what can be read.',
  },
  'data-set': {
    exit: 3,
    meaning: 'A data set lacks a file or list, or has another layout.',
    cure: 'Check the root folder and the split’s name.',
  },
  'results-incomplete': {
    exit: 3,
    meaning: 'Masks to be scored are missing, or have another size.',
    cure: 'Run the segmentation again; it goes on where it stopped.',
  },
  'contour-map': {
    exit: 3,
    meaning: 'A contour map is missing, cannot be read, or differs in size from its image.',
    cure: 'Give one for each image: 8- or 16-bit grey PNG of the image’s size, named like it.',
  },
  'weights-missing': {
    exit: 4,
    meaning: 'A weight file is not there.',
    cure: '`osvos weights list` shows what there is.',
  },
  'weights-unfit': {
    exit: 4,
    meaning: 'A weight file is corrupt, or belongs to another network.',
    cure: 'Use the file made for this network; `osvos weights verify` checks the shipped ones.',
  },
  engine: {
    exit: 5,
    meaning: 'The engine asked for cannot start.',
    cure: '`osvos doctor` says why, and what to do.',
  },
  memory: {
    exit: 5,
    meaning: 'The work needs more memory than the machine, or the engine, can give.',
    cure: 'Use the --size that the message names, or --ignore-memory-limit to start all the same.',
  },
  'not-a-number': {
    exit: 6,
    meaning: 'Training met a loss, or snapping a contour, that is no number.',
    cure: 'In training use a lower learning rate; the last good checkpoint is kept.',
  },
  'cannot-write': {
    exit: 7,
    meaning: 'A file or folder cannot be written.',
    cure: 'Check permissions and free space of the folder.',
  },
  interrupted: {
    exit: 130,
    meaning: 'Stopped by the user.',
    cure: 'The same command goes on where it stopped.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof kinds;

/** Code → exit code, meaning and cure, in the order of the exit codes. */
export const errorKinds: Readonly<Record<ErrorCode, ErrorKind>> = kinds;

/**
 * A fault that the user can mend. The message reads `what is wrong: where: what to do`.
 *
 * @example
 * throw new OsvosError('mask-size', 'the mask is 640×480, the frame 854×480', 'first.png', 'rescale it, or use --fit-mask')
 */
export class OsvosError extends Error {
  readonly exit: number;

  constructor(
    readonly code: ErrorCode,
    readonly what: string,
    /** File, frame or object; empty where it is nowhere in particular. */
    readonly where: string = '',
    /** What to do; the table's cure when left out. */
    readonly remedy: string = kinds[code].cure,
    options?: ErrorOptions,
  ) {
    super([what, where, remedy].filter((part) => part !== '').join(': '), options);
    this.name = 'OsvosError';
    this.exit = kinds[code].exit;
  }
}
