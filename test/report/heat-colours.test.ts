import { expect } from 'chai';
import { heatColour, heatColours } from '../../src/report/heat-colours.js';

/** CIELAB of an sRGB colour under D65 (CIE 15, IEC 61966-2-1): not the space that the colours were chosen in. */
function lab(colour: readonly number[]): [number, number, number] {
  const [r, g, b] = colour.map((value) => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

describe('report/heat-colours', () => {
  it('grow lighter from near black to near white, without a step back', () => {
    const lightness = heatColours.map((colour) => lab(colour)[0]);
    expect(lightness[0]).to.be.below(8);
    expect(lightness.at(-1)).to.be.above(93);
    // eight bits a channel: a step back of a rounding
    lightness.slice(1).forEach((value, i) => expect(value - lightness[i], `step ${i}`).to.be.above(-0.5));
  });

  it('make equal steps look about equally large', () => {
    const parts = 16;
    const colours = Array.from({ length: parts + 1 }, (_, i) => lab(heatColour(i / parts)));
    const steps = colours
      .slice(1)
      .map((colour, i) => Math.hypot(...colour.map((value, c) => value - colours[i][c])));
    const mean = steps.reduce((a, b) => a + b, 0) / parts;
    // CIELAB and OKLab disagree in violet by about a half; a rainbow's steps differ tenfold
    for (const step of steps) expect(step / mean).to.be.within(0.5, 1.7);
  });

  it('end where the scale ends', () => {
    expect(heatColour(-1)).to.equal(heatColours[0]);
    expect(heatColour(2)).to.equal(heatColours[255]);
  });
});
