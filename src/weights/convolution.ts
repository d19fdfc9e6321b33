/** Numbers of one convolution while foreign weights are turned into ours. */
export interface Convolution {
  /** `[height, width, in, out]`. */
  shape: [number, number, number, number];
  weight: Float32Array;
  bias: Float32Array;
}

/** PyTorch's and Caffe's `[out, in, height, width]` → `[height, width, in, out]`; neither flips the kernel. */
export function fromOihw(
  values: Float32Array,
  shape: readonly number[],
): Pick<Convolution, 'shape' | 'weight'> {
  const [output, input, height, width] = shape;
  const weight = new Float32Array(values.length);
  // other sizes of a kernel without numbers may be endless
  if (values.length === 0) return { shape: [height, width, input, output], weight };
  let from = 0;
  for (let o = 0; o < output; o++) {
    for (let i = 0; i < input; i++) {
      for (let cell = 0; cell < height * width; cell++)
        weight[(cell * input + i) * output + o] = values[from++];
    }
  }
  return { shape: [height, width, input, output], weight };
}
