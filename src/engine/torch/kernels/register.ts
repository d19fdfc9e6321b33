import { borrowTheRest } from './borrowed.js';
import { defineConvolutions } from './convolution.js';
import { defineLayout } from './layout.js';
import { defineLosses } from './losses.js';
import { defineMemoryRead } from './memory-read.js';
import { definePointwise } from './pointwise.js';
import { definePooling } from './pooling.js';
import { defineProducts } from './products.js';
import { defineReductions } from './reductions.js';
import { defineResizing } from './resizing.js';

/** All kernels of engine `torch`: the addon's, and borrowed ones for the rest. */
export function defineTorchKernels(): void {
  defineConvolutions();
  defineLayout();
  defineLosses();
  defineMemoryRead();
  definePointwise();
  definePooling();
  defineProducts();
  defineReductions();
  defineResizing();
  borrowTheRest();
}
