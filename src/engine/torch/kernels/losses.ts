import { BOOTSTRAPPED_CROSS_ENTROPY } from '../../kernels/bootstrapped-cross-entropy.js';
import { CROSS_ENTROPY, CROSS_ENTROPY_GRADIENT } from '../../kernels/weighted-cross-entropy.js';
import { defineKernel, of } from './kernel.js';

export function defineLosses(): void {
  defineKernel(BOOTSTRAPPED_CROSS_ENTROPY, ({ logits, labels }, { count }, backend) => {
    const [loss, slope] = backend.addon.bootstrappedCrossEntropy(
      ...of(backend, logits),
      ...of(backend, labels),
      count as number,
    );
    return [backend.take(loss, [], 'float32'), backend.take(slope, logits.shape, 'float32')];
  });
  defineKernel(CROSS_ENTROPY, ({ logits, labels, weights }, _attributes, backend) => {
    const sum = backend.addon.crossEntropy(
      ...of(backend, logits),
      ...of(backend, labels),
      ...of(backend, weights),
    );
    return backend.take(sum, [], 'float32');
  });
  defineKernel(CROSS_ENTROPY_GRADIENT, ({ logits, labels, weights, factor }, _attributes, backend) => {
    const gradient = backend.addon.crossEntropyGradient(
      ...of(backend, logits),
      ...of(backend, labels),
      ...of(backend, weights),
      ...of(backend, factor),
    );
    return backend.take(gradient, logits.shape, 'float32');
  });
}
