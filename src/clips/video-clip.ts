import path from 'node:path';
import { OsvosError } from '../errors.js';
import type { Frame } from '../frame.js';
import { brokenFrames, findBrokenFrames, withoutSender, type BrokenFrame } from './broken-frames.js';
import type { Clip } from './clip.js';
import { decodeVideo, type Decoding } from './decode-video.js';
import { installFfmpeg, isMissing, lastLine, missingFilters } from './ffmpeg.js';
import { resolveRange } from './frame-keys.js';
import { readFrameTimes, type FrameTimes } from './frame-times.js';
import { probeVideo, type VideoFacts } from './probe-video.js';
import { readAhead } from './read-ahead.js';
import { scanVideo, type VideoScan } from './scan-video.js';
import { readColours, type ColourReading } from './video-colours.js';

const READ_AHEAD = 3; // frames decoded while the network is busy
const INDEX_DIGITS = 5;
const BREAK = 1.5; // frames that must be missing at the end before a video counts as broken off

/**
 * Opens a video file as a clip, through ffmpeg's pipe; frames are named by their decode index, counted from
 * `startNumber` (default 0). Throws
 * `clip-unreadable`, `frame-sizes`, `unknown-frame`.
 */
export async function openVideo(
  file: string,
  range: { from?: string; to?: string; startNumber?: number },
): Promise<Clip> {
  const facts = await probeVideo(file).catch((error: unknown) => failed(error, file));
  const colours = readColours(facts.colours, file);
  await requireFilters(colours, file);
  const scan = await scanVideo(file).catch((error: unknown) => failed(error, file));
  const count = scan.stamps.length;
  if (count === 0) throw new OsvosError('clip-unreadable', 'no frame of this video can be decoded', file);
  const { startNumber = 0 } = range;
  const names = Array.from({ length: count }, (_, index) =>
    String(startNumber + index).padStart(INDEX_DIGITS, '0'),
  );
  const { first, last } = resolveRange(names, range);
  const times = readFrameTimes(scan.stamps, facts.tick, facts.rates, facts.start);
  const broken = scan.complaint === '' ? [] : await findBroken(file, facts, scan, times);
  const wanted = broken.filter(
    ({ index }) => (index >= first && index <= last) || (index >= count && range.to === undefined),
  );
  if (wanted.length > 0) throw brokenFrames(wanted, names, first, file);

  const { width, height } = facts.colours;
  const size = facts.turn.sideways ? { width: height, height: width } : { width, height };
  const decoding: Decoding = {
    file,
    // a field's neighbours are needed: before frames are picked, and before fields lie on their side
    before: scan.interlaced > 0 ? ['bwdif=mode=send_frame:deint=interlaced'] : [],
    after: [...facts.turn.filters, ...colours.filters],
    ...size,
  };
  const decode = (from: number, to: number): AsyncGenerator<Frame, void, undefined> => {
    const decoded = decodeVideo(decoding, from, to);
    return readAhead(startEach(), READ_AHEAD);

    function* startEach(): Generator<Promise<Frame>, void, undefined> {
      try {
        for (let index = from; index <= to; index++) {
          // an async generator answers the calls in their order, also those made before it is ready
          yield decoded.next().then(({ value }) => {
            if (!value)
              throw new OsvosError('clip-unreadable', `the video ends before frame ${names[index]}`, file);
            return { index, name: names[index], ...size, rgb: value };
          });
        }
      } finally {
        void decoded.return();
      }
    }
  };

  return {
    name: path.basename(file, path.extname(file)),
    source: file,
    kind: 'video',
    ...size,
    names,
    first,
    last,
    rate: times && averageRate(times),
    times,
    pixelAspect: facts.pixelAspect && displayedAspect(facts),
    notes: [...facts.notes, ...colours.notes, ...describeScan(scan, times)],
    frames: (from = first, to = last) => decode(from, to),
    frame: async (index) => {
      for await (const frame of decode(index, index)) return frame;
      throw new RangeError(`frame ${index} is outside the video`);
    },
  };
}

function averageRate({ tick, starts }: FrameTimes): number {
  return ((starts.length - 1) * tick[1]) / (starts[starts.length - 1] * tick[0]);
}

/** A picture that lies on its side has tall pixels where they were wide. */
function displayedAspect({ pixelAspect = [1, 1], turn }: VideoFacts): readonly [number, number] {
  return turn.sideways ? [pixelAspect[1], pixelAspect[0]] : pixelAspect;
}

function describeScan({ stamps, interlaced, complaint }: VideoScan, times?: FrameTimes): string[] {
  const notes: string[] = [];
  if (interlaced > 0) {
    const some = interlaced === stamps.length ? '' : ` (${interlaced} of ${stamps.length} frames)`;
    notes.push(`interlaced${some}: deinterlaced, one frame for each coded frame`);
  }
  if (times?.variable)
    notes.push(
      `variable frame rate, ${averageRate(times).toFixed(2)} frames per second on average: each coded frame is read once`,
    );
  if (complaint !== '') notes.push(`ffmpeg found damage in this video: ${withoutSender(complaint)}`);
  return notes;
}

/** Frames that are damaged; the index after the last where the video breaks off early. */
async function findBroken(
  file: string,
  { duration = 0, rates }: VideoFacts,
  { stamps, complaint }: VideoScan,
  times?: FrameTimes,
): Promise<BrokenFrame[]> {
  const broken = await findBrokenFrames(file).catch((error: unknown) => failed(error, file));
  const [frames, seconds] = rates[0] ?? [1, 1];
  const lasting = times ? (times.starts[stamps.length] * times.tick[0]) / times.tick[1] : duration;
  const breaksOff = duration - lasting > (BREAK * seconds) / frames;
  if (!breaksOff || broken.some(({ index }) => index >= stamps.length)) return broken;
  return [...broken, { index: stamps.length, reason: withoutSender(complaint) }];
}

async function requireFilters({ needs }: ColourReading, file: string): Promise<void> {
  if (!needs) return;
  const missing = await missingFilters(needs.filters).catch((error: unknown) => failed(error, file));
  if (missing.length === 0) return;
  throw new OsvosError(
    'clip-unreadable',
    `${needs.what} needs an ffmpeg with ${missing.join(' and ')}, which the installed one lacks`,
    file,
    'install a full build of ffmpeg (with libzimg), or export the video as SDR in BT.709',
  );
}

function failed(error: unknown, file: string): never {
  if (error instanceof OsvosError) throw error;
  if (isMissing(error)) {
    throw new OsvosError(
      'clip-unreadable',
      'video files are read by ffmpeg, which is not installed',
      file,
      `${installFfmpeg}, or give a folder of frames`,
      { cause: error },
    );
  }
  const { stderr, message } = error as Error & { stderr?: string };
  throw new OsvosError(
    'clip-unreadable',
    `this is no video that ffmpeg can read (${lastLine(stderr || message)})`,
    file,
    'check the file, or give a folder of frames',
    { cause: error },
  );
}
