/** Contour maps of few heights and small, often odd or one pixel wide, sizes. */
import fc from 'fast-check';
import type { ContourMap } from '../../src/snapping/contour-map.js';

export const arbitraryContours: fc.Arbitrary<ContourMap> = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.oneof(fc.nat(3), fc.nat(200)), { minLength: width * height, maxLength: width * height })
      .map((values) => ({ width, height, data: Float32Array.from(values, (value) => value / 200) })),
  );
