/**
 * IVF, the plainest container that ffmpeg reads with time stamps: pictures can be handed over a pipe with the time of
 * each, in whole ticks of any length.
 */

const FILE_HEADER = 32;
const FRAME_HEADER = 12;

/** JPEG or PNG pictures, by the four letters that AVI has for them. */
export type IvfPictures = 'MJPG' | 'MPNG';

/** Header of a stream of pictures. `tick` is its length in seconds, as a fraction. */
export function ivfHeader(
  width: number,
  height: number,
  tick: readonly [number, number],
  pictures: IvfPictures,
): Uint8Array {
  const header = Buffer.alloc(FILE_HEADER);
  header.write('DKIF', 0, 'latin1');
  header.writeUInt16LE(FILE_HEADER, 6);
  header.write(pictures, 8, 'latin1');
  header.writeUInt16LE(width, 12);
  header.writeUInt16LE(height, 14);
  header.writeUInt32LE(tick[1], 16);
  header.writeUInt32LE(tick[0], 20);
  return header;
}

/** What stands before a picture of `bytes` bytes that is shown at `ticks`. */
export function ivfFrameHeader(bytes: number, ticks: number): Uint8Array {
  const header = Buffer.alloc(FRAME_HEADER);
  header.writeUInt32LE(bytes, 0);
  header.writeBigUInt64LE(BigInt(ticks), 4);
  return header;
}
