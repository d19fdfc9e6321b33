/** Convolution written out as a sum, the plain twin of the fast kernels. */
export interface PlainConvolution {
  x: { shape: [number, number, number, number]; data: Float32Array };
  filter: { shape: [number, number, number, number]; data: Float32Array };
  stride: number;
  /** Zeros at the top and left, and how many places there are. */
  top: number;
  left: number;
  height: number;
  width: number;
}

type Visit = (x: number, filter: number, y: number) => void;

/** Calls `visit` with the three positions of each product that convolution adds up. */
function eachProduct({ x, filter, stride, top, left, height, width }: PlainConvolution, visit: Visit): void {
  const [n, h, w, cin] = x.shape;
  const [kh, kw, , cout] = filter.shape;
  for (let b = 0; b < n; b++)
    for (let oy = 0; oy < height; oy++)
      for (let ox = 0; ox < width; ox++)
        for (let i = 0; i < kh; i++)
          for (let j = 0; j < kw; j++) {
            const [iy, ix] = [oy * stride + i - top, ox * stride + j - left];
            if (iy < 0 || ix < 0 || iy >= h || ix >= w) continue;
            for (let c = 0; c < cin; c++)
              for (let o = 0; o < cout; o++)
                visit(
                  ((b * h + iy) * w + ix) * cin + c,
                  ((i * kw + j) * cin + c) * cout + o,
                  ((b * height + oy) * width + ox) * cout + o,
                );
          }
}

/** The output, and for a given `dy` both gradients, in double precision. */
export function plainConvolution(convolution: PlainConvolution, dy: Float32Array) {
  const { x, filter } = convolution;
  const y = new Float64Array(dy.length);
  const dx = new Float64Array(x.data.length);
  const dw = new Float64Array(filter.data.length);
  eachProduct(convolution, (ix, iw, iy) => {
    y[iy] += x.data[ix] * filter.data[iw];
    dx[ix] += dy[iy] * filter.data[iw];
    dw[iw] += dy[iy] * x.data[ix];
  });
  return { y, dx, dw };
}
