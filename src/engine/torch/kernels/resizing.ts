import type * as tf from '@tensorflow/tfjs';
import type { ResizeRule } from '../../kernels/resize-gradient.js';
import { defineKernel, of } from './kernel.js';

export function defineResizing(): void {
  defineKernel('ResizeBilinear', ({ images }, attributes, backend) => {
    const { alignCorners, halfPixelCenters } = attributes as unknown as ResizeRule;
    const [height, width] = attributes.size as [number, number];
    const y = backend.addon.resizeBilinear(
      ...of(backend, images),
      ...[height, width] as const, // prettier-ignore
      alignCorners,
      halfPixelCenters,
    );
    return backend.take(y, [images.shape[0], height, width, images.shape[3]], 'float32');
  });
  const adjoint = (dy: tf.TensorInfo, images: tf.TensorInfo, rule: ResizeRule) =>
    [dy.shape, images.shape[1], images.shape[2], rule.alignCorners, rule.halfPixelCenters] as const;
  defineKernel('ResizeBilinearAdjoint', ({ dy, images }, attributes, backend) => {
    const rule = attributes as unknown as ResizeRule;
    const dx = backend.addon.resizeBilinearAdjoint(backend.handle(dy), ...adjoint(dy, images, rule));
    return backend.take(dx, images.shape, 'float32');
  });
}
