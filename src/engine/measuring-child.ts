/** A program of its own, run by `measure.ts` with an engine's options as JSON: starts it and sends what a step takes. */
import * as tf from '@tensorflow/tfjs';
import type { EngineName, EngineOptions } from './engine.js';
import { measureStep } from './measured-step.js';
import type { Measured } from './measurement.js';
import { startOne } from './start-one.js';
import { sendTrial } from './trial.js';

await sendTrial(async (): Promise<Omit<Measured, 'asked'>> => {
  tf.enableProdMode();
  const { engine: name, ...options } = JSON.parse(process.argv[2]) as EngineOptions;
  const { engine } = await startOne(name as EngineName, options);
  return { ...engine, stepMs: await measureStep() };
});
