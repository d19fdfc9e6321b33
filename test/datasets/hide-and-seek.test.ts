import { expect } from 'chai';
import { hideCells } from '../../src/datasets/hide-and-seek.js';
import type { Sample } from '../../src/datasets/sample.js';
import { VOID } from '../../src/label-map.js';
import { createRandom } from '../../src/random.js';

/** Bright everywhere, an object on the left, void at the bottom. */
function sample(width = 40, height = 24): Sample {
  const labels = Uint8Array.from({ length: width * height }, (_, i) =>
    i >= width * (height - 2) ? VOID : i % width < width / 2 ? 1 : 0,
  );
  return { width, height, rgb: new Uint8Array(3 * width * height).fill(200), labels };
}

/** Which of the 16-pixel cells are hidden; throws where one is hidden in part, or in picture or mask alone. */
function hiddenCells(hidden: Sample, seen: Sample): boolean[] {
  const { width, height } = hidden;
  const cells: boolean[] = [];
  for (let top = 0; top < height; top += 16) {
    for (let left = 0; left < width; left += 16) {
      const found = new Set<string>();
      for (let y = top; y < Math.min(top + 16, height); y++) {
        for (let x = left; x < Math.min(left + 16, width); x++) {
          const i = y * width + x;
          const [r, g, b] = hidden.rgb.subarray(3 * i, 3 * i + 3);
          const bright = r === 200 && g === 200 && b === 200 && hidden.labels[i] === seen.labels[i];
          const black = r + g + b === 0 && hidden.labels[i] === 0;
          found.add(bright ? 'seen' : black ? 'hidden' : 'neither');
        }
      }
      expect(['seen', 'hidden'], `cell at ${left}, ${top}`).to.include([...found].join());
      cells.push(found.has('hidden'));
    }
  }
  return cells;
}

describe('datasets/hide-and-seek', () => {
  it('hides whole cells of 16 pixels, in picture and mask, narrower ones at the borders too', () => {
    for (let seed = 0; seed < 20; seed++) {
      const hidden = sample();
      hideCells(hidden, 0.5, createRandom(seed));
      expect(hiddenCells(hidden, sample())).to.have.length(6);
    }
  });

  it('hides nothing, or everything, where that is asked for', () => {
    for (const probability of [0, 1]) {
      const hidden = sample();
      hideCells(hidden, probability, createRandom(1));
      expect(new Set(hiddenCells(hidden, sample()))).to.deep.equal(new Set([probability === 1]));
    }
  });

  it('hides each cell by itself, as often as it should', () => {
    const random = createRandom(3);
    const draws = 400;
    const counts = [0, 0, 0, 0, 0, 0];
    let neighbours = 0;
    for (let k = 0; k < draws; k++) {
      const hidden = sample();
      hideCells(hidden, 0.3, random);
      const cells = hiddenCells(hidden, sample());
      cells.forEach((cell, i) => (counts[i] += cell ? 1 : 0));
      if (cells[0] && cells[1]) neighbours++;
    }
    // within four standard deviations
    const within = (count: number, p: number) =>
      expect(Math.abs(count - p * draws)).to.be.below(4 * Math.sqrt(draws * p * (1 - p)));
    counts.forEach((count) => within(count, 0.3));
    within(neighbours, 0.09);
  });

  it('hides the same for a seed, other cells for another', () => {
    const hide = (seed: number) => {
      const hidden = sample(160, 160);
      hideCells(hidden, 0.5, createRandom(seed));
      return hidden;
    };
    expect(hide(5)).to.deep.equal(hide(5));
    expect(hide(5).labels).not.to.deep.equal(hide(6).labels);
  });
});
