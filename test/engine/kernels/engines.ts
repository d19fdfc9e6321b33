import * as tf from '@tensorflow/tfjs';
import type { EngineName } from '../../../src/engine/engine.js';
import { startEngine } from '../../../src/engine/start.js';
import { useSwiftShader } from '../webgpu/swiftshader.js';

/** Each shader is compiled at its first use, which takes a processor a fraction of a second. */
const SHADERS_MS = 120_000;

/** Starts the engine with the kernels of our own, or skips the suite with a message where it cannot load. */
export async function startOrSkip(context: Mocha.Context, engine: EngineName): Promise<void> {
  const skip = (why: string) => {
    console.log(`      skipped: ${why}`);
    context.skip();
  };
  if (engine === 'webgpu') {
    const missing = useSwiftShader();
    if (missing !== undefined) return skip(`webgpu: ${missing}`);
    context.timeout(SHADERS_MS);
    context.test?.parent?.eachTest((test) => test.timeout(SHADERS_MS));
  }
  try {
    await startEngine({ engine, precision: 'f32' });
  } catch (error) {
    if (engine !== 'tensorflow' && engine !== 'torch') throw error;
    skip((error as Error).message);
  }
  // few numbers would never reach the card
  if (engine === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
}

/** Numbers that look random but are the same everywhere: sin(0.7k² + 1.3k + phase). */
export function numbers(shape: number[], phase = 0): Float32Array {
  return Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, k) =>
    Math.sin(0.7 * k * k + 1.3 * k + phase),
  );
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
