import sharp from 'sharp';

interface Size {
  width: number;
  height: number;
}

/** Plain resize of a picture `[height, width, 3]`, sides independent, with libvips' Lanczos kernel. */
export async function resizePicture(rgb: Uint8Array, from: Size, to: Size): Promise<Uint8Array> {
  if (from.width === to.width && from.height === to.height) return rgb;
  return sharp(rgb, { raw: { width: from.width, height: from.height, channels: 3 } })
    .resize(to.width, to.height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
}

/** Nearest-neighbour resize of labels `[height, width]`, by pixel centres. */
export function resizeLabels(labels: Uint8Array, from: Size, to: Size): Uint8Array {
  if (from.width === to.width && from.height === to.height) return labels;
  const resized = new Uint8Array(to.width * to.height);
  for (let y = 0; y < to.height; y++) {
    const row = Math.floor(((y + 0.5) * from.height) / to.height) * from.width;
    for (let x = 0; x < to.width; x++) {
      resized[y * to.width + x] = labels[row + Math.floor(((x + 0.5) * from.width) / to.width)];
    }
  }
  return resized;
}
