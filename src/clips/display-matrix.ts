/** How a picture is to be turned before it is shown. */
export interface Turn {
  /** Filters of ffmpeg that do it, none where the picture stands as it is. */
  filters: string[];
  /** Whether width and height change places. */
  sideways: boolean;
  /** What a user is told, where something is done or left undone. */
  note?: string;
}

/** Share of the matrix's largest number that is rounding. */
const NOTHING = 0.01;
const TURNED = 'turned to the displayed orientation, as the video file asks';

/**
 * Reads the display matrix as ffprobe prints it (ISO/IEC 14496-12, 8.3.2: x' = a·x + c·y, y' = b·x + d·y, y
 * downwards). Quarter turns and mirrorings are done; any other turn is left undone, which the note says.
 */
export function readDisplayMatrix(printed = ''): Turn {
  const numbers = [...printed.replace(/^[0-9a-f]{8}:/gm, '').matchAll(/-?\d+/g)].map(Number);
  if (numbers.length < 5) return { filters: [], sideways: false };
  const largest = Math.max(...[0, 1, 3, 4].map((i) => Math.abs(numbers[i])));
  const [a, b, , c, d] = numbers.map((x) => (Math.abs(x) < NOTHING * largest ? 0 : Math.sign(x)));
  if (b === 0 && c === 0 && a !== 0 && d !== 0) {
    const filters = [...(a < 0 ? ['hflip'] : []), ...(d < 0 ? ['vflip'] : [])];
    return { filters, sideways: false, note: filters.length > 0 ? TURNED : undefined };
  }
  if (a === 0 && d === 0 && b !== 0 && c !== 0) {
    const directions = { '1,-1': 'clock', '-1,1': 'cclock', '1,1': 'cclock_flip', '-1,-1': 'clock_flip' };
    const direction = directions[`${b},${c}` as keyof typeof directions];
    return { filters: [`transpose=${direction}`], sideways: true, note: TURNED };
  }
  return { filters: [], sideways: false, note: 'the file asks for a turn by no quarter: not turned' };
}
