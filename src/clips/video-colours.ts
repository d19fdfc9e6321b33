import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';

/** What a stream says about its pixels, in ffprobe's words. */
export interface ColourTags {
  width: number;
  height: number;
  pix_fmt?: string;
  color_range?: string;
  color_space?: string;
  color_transfer?: string;
  color_primaries?: string;
}

/** How a stream's pixels become 8-bit sRGB-like RGB, as a player shows them. */
export interface ColourReading {
  /** Filters of ffmpeg, from the decoder's pixels to `rgb24`. */
  filters: string[];
  /** Filters that not every ffmpeg has, and what they are needed for. */
  needs?: { filters: string[]; what: string };
  notes: string[];
}

/** Nits that become white's neighbourhood: diffuse white of HDR programmes (ITU-R BT.2408). */
const REFERENCE_WHITE = 203;
/** Nits up to which highlights are kept apart, the peak of most programmes; brighter ones are white. */
const PEAK = 1000;

const HDR: Record<string, string> = { smpte2084: 'PQ', 'arib-std-b67': 'HLG' };
const SDR =
  /^(unknown|unspecified|bt709|gamma22|gamma28|bt470m|bt470bg|smpte170m|smpte240m|iec61966-2-[14]|bt1361e?|bt2020-1[02])$/;
const WIDE: Record<string, string> = { bt2020: 'BT.2020', smpte431: 'DCI-P3', smpte432: 'Display P3' };
const MATRICES: Record<string, string> = {
  bt709: 'bt709',
  fcc: 'fcc',
  bt470bg: 'bt601',
  smpte170m: 'bt601',
  smpte240m: 'smpte240m',
  bt2020nc: 'bt2020',
};
/** Exact colours, the same on every processor. */
const EXACT = 'flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact';

/**
 * Decides how pixels are read. Throws `clip-unreadable` for colours that would come out wrong.
 *
 * @param file named in errors
 */
export function readColours(tags: ColourTags, file: string): ColourReading {
  const format = tags.pix_fmt ?? '';
  const notes: string[] = [];
  const transfer = tags.color_transfer ?? 'unknown';
  const primaries = tags.color_primaries ?? 'unknown';
  const hdr = HDR[transfer];
  if (!hdr && !SDR.test(transfer)) throw unknownColours(`transfer ${transfer}`, file);
  const wide = hdr ? (WIDE[primaries] ?? (isUnknown(primaries) ? WIDE.bt2020 : 'BT.709')) : WIDE[primaries];
  if (/(9|1[0246])(le|be)$|f32|f16|x2(rgb|bgr)10/.test(format) && !hdr)
    notes.push('more than 8 bits per channel, read as 8 bits');
  const matrix = readMatrix(tags, format, Boolean(hdr), file, notes);
  const alpha = hasAlpha(format);
  const range = isGrey(format) ? (tags.color_range ?? 'pc') : (tags.color_range ?? impliedRange(format));
  const input = [
    ...(matrix ? [`in_color_matrix=${matrix}`] : []),
    `in_range=${range === 'pc' ? 'pc' : 'tv'}`,
  ];
  const toRgb = `scale=${(isRgb(format) ? [] : input).concat('out_range=pc', EXACT).join(':')}`;

  if (hdr || wide) {
    const what = hdr ? `HDR video (${hdr}, ${wide})` : `video in ${wide} colours`;
    notes.push(
      hdr
        ? `HDR (${hdr}, ${wide}), tone-mapped to SDR (BT.709): white is ${REFERENCE_WHITE} nits, up to ${PEAK} nits are kept apart`
        : `${wide} colours, converted to BT.709`,
    );
    if (alpha) notes.push('alpha channel dropped');
    const known = isUnknown(primaries) ? 'bt2020' : primaries;
    const source = `pin=${known === 'bt2020' ? '2020' : known}:min=gbr:rin=full`;
    const convert = hdr
      ? [
          `zscale=tin=${transfer}:${source}:t=linear:npl=${REFERENCE_WHITE}`,
          'format=gbrpf32le',
          'zscale=p=709',
          `tonemap=mobius:desat=0:peak=${PEAK / REFERENCE_WHITE}`,
          'zscale=t=709:r=full',
        ]
      : [`zscale=tin=709:${source}:p=709:t=709:m=gbr:r=full`];
    const filters = [toRgb, 'format=gbrp16le', ...convert, 'format=gbrp', 'format=rgb24'];
    return { filters, needs: { filters: hdr ? ['zscale', 'tonemap'] : ['zscale'], what }, notes };
  }
  if (!alpha) return { filters: [toRgb, 'format=rgb24'], notes };
  notes.push('alpha channel, shown over black');
  return { filters: [toRgb, 'format=gbrap', 'premultiply=inplace=1', 'format=gbrp', 'format=rgb24'], notes };
}

/** Tags of a video made of pixels that `readColours` gave, in ffmpeg's words; `matrix` is its filters' name of `space`. */
export interface KeptTags {
  matrix: string;
  space: string;
  primaries: string;
  transfer: string;
}

const BT709: KeptTags = { matrix: 'bt709', space: 'bt709', primaries: 'bt709', transfer: 'bt709' };

/** The source's tags; BT.709 where it has none of its own, has RGB, or was converted to it. */
export function keptTags(tags: ColourTags): KeptTags {
  const { color_space = 'unknown', color_primaries = 'unknown', color_transfer = 'unknown' } = tags;
  if (HDR[color_transfer] || WIDE[color_primaries]) return BT709;
  const matrix = MATRICES[color_space];
  return {
    ...(matrix ? { matrix, space: color_space } : { matrix: BT709.matrix, space: BT709.space }),
    primaries: isUnknown(color_primaries) ? BT709.primaries : color_primaries,
    transfer: isUnknown(color_transfer) ? BT709.transfer : color_transfer,
  };
}

/** ffmpeg's name of the matrix from which chroma was made; nothing for RGB and grey. */
function readMatrix(
  { color_space = 'unknown', color_primaries = 'unknown', width, height }: ColourTags,
  format: string,
  hdr: boolean,
  file: string,
  notes: string[],
): string | undefined {
  if (isRgb(format) || isGrey(format)) return undefined;
  if (MATRICES[color_space]) return MATRICES[color_space];
  if (!isUnknown(color_space)) throw unknownColours(`matrix ${color_space}`, file);
  if (hdr || color_primaries === 'bt2020') return 'bt2020';
  if (color_primaries === 'bt709') return 'bt709';
  if (/^(bt470bg|smpte170m)$/.test(color_primaries)) return 'bt601';
  // nothing is said: what players take for it
  const hd = width >= 1280 || height > 576;
  const size = formatSize({ width, height });
  notes.push(
    `the file does not name its colour matrix: read as ${hd ? 'BT.709' : 'BT.601'}, usual at ${size}`,
  );
  return hd ? 'bt709' : 'bt601';
}

function isUnknown(tag: string): boolean {
  return tag === 'unknown' || tag === 'unspecified' || tag === 'reserved';
}

function isRgb(format: string): boolean {
  return /^(rgb|bgr|gbr|argb|abgr|0rgb|0bgr|x2rgb|x2bgr|pal8|mono|bayer)/.test(format);
}

function isGrey(format: string): boolean {
  return /^(gray|ya)/.test(format);
}

function hasAlpha(format: string): boolean {
  return /^(yuva|rgba|bgra|argb|abgr|gbrap|ya|ayuv|vuya)/.test(format);
}

function impliedRange(format: string): string {
  return format.startsWith('yuvj') ? 'pc' : 'tv';
}

function unknownColours(what: string, file: string): OsvosError {
  return new OsvosError(
    'clip-unreadable',
    `the colours of this video cannot be read rightly (${what})`,
    file,
    'export it as SDR in BT.709, or give a folder of frames',
  );
}
