/** Colours for numbers from 0 to 1: equal steps of the number look equally large. */
import type { Colour } from '../clips/palette.js';

/** A colour in OKLCh (Ottosson 2020): lightness 0–1, chroma, hue in degrees. */
interface Polar {
  lightness: number;
  chroma: number;
  hue: number;
}

/** The path through the colours: from near black over purple and red to light yellow. */
const START: Polar = { lightness: 0.14, chroma: 0.06, hue: 285 };
const END: Polar = { lightness: 0.97, chroma: 0.11, hue: 465 };
/** Chroma on the way, where the screen has it. */
const MOST_CHROMA = 0.18;

const STEPS = 256;
/** Points of the path between which distances are measured. */
const FINE = 4096;

/** Colours for 0, 1/255, … 1. */
export const heatColours: readonly Colour[] = evenSteps();

/** @param value 0–1; what lies outside has the colour of the end that is nearer */
export function heatColour(value: number): Colour {
  return heatColours[Math.round((STEPS - 1) * Math.min(1, Math.max(0, value)))];
}

/** Points at equal distances along the path, as the eye measures them. */
function evenSteps(): Colour[] {
  const points = Array.from({ length: FINE + 1 }, (_, i) => toLab(inGamut(pathAt(i / FINE))));
  const lengths = [0];
  for (let i = 1; i <= FINE; i++) lengths.push(lengths[i - 1] + distance(points[i - 1], points[i]));
  let place = 0;
  return Array.from({ length: STEPS }, (_, k) => {
    const wanted = (k / (STEPS - 1)) * lengths[FINE];
    while (place < FINE && lengths[place] < wanted) place++;
    const [red, green, blue] = toLinear(points[place]).map(encode);
    return [red, green, blue];
  });
}

/** Lightness and hue rise evenly; chroma is largest in the middle. */
function pathAt(t: number): Polar {
  const between = (a: number, b: number) => a + t * (b - a);
  const ends = between(START.chroma, END.chroma);
  const bulge = Math.sin(Math.PI * t);
  return {
    lightness: between(START.lightness, END.lightness),
    chroma: ends + bulge * (MOST_CHROMA - ends),
    hue: between(START.hue, END.hue),
  };
}

/** The colour itself where the screen has it, else the most colourful one of its lightness and hue. */
function inGamut(colour: Polar): Polar {
  const shows = (chroma: number) =>
    toLinear(toLab({ ...colour, chroma })).every((value) => value >= 0 && value <= 1);
  if (shows(colour.chroma)) return colour;
  let [low, high] = [0, colour.chroma];
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (shows(middle)) low = middle;
    else high = middle;
  }
  return { ...colour, chroma: low };
}

type Triple = readonly [number, number, number];

function toLab({ lightness, chroma, hue }: Polar): Triple {
  const angle = (hue * Math.PI) / 180;
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

/** OKLab to linear light of sRGB (Ottosson 2020, the published matrices). */
function toLinear([lightness, a, b]: Triple): Triple {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** Linear light to 0–255 (IEC 61966-2-1). */
function encode(value: number): number {
  const light = Math.min(1, Math.max(0, value));
  return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));
}

function distance(a: Triple, b: Triple): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
