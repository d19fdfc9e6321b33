/** Starts one engine by its name, or says why it does not start. */
import type { Engine, EngineName, EngineOptions } from './engine.js';
import { readCoreTimes, readCoreTimesAfter } from './load.js';
import { setupCommand } from './machine.js';
import { isNative, tryNative } from './probe.js';
import { defaultThreads, threadsUnderLoad } from './threads.js';

export interface StartOptions extends Omit<EngineOptions, 'engine'> {
  /** Also on an adapter of engine `webgpu` that computes on the processor; not when left out. */
  software?: boolean;
}

/**
 * Makes the engine the backend of TensorFlow.js in this process, and registers the kernels and gradients that it lacks,
 * does wrongly or slowly.
 *
 * @returns the running engine, and notes for the user, mostly none
 * @throws Error with the reason, in words that follow "is not used:"
 */
export async function startOne(
  name: EngineName,
  options: StartOptions,
): Promise<{ engine: Engine; notes: string[] }> {
  const passed = isNative(name) ? await tryNative(name) : undefined;
  const { precision = 'auto' } = options;
  const settled = precision === 'auto' && passed ? passed.precision : precision;
  const engine = await startByName(name, { ...options, precision: settled });
  requireDevice(engine, options);
  const { registerKernels } = await import('./kernels/register.js');
  registerKernels(name);
  return { engine, notes: passed?.notes ?? [] };
}

/** What mends an engine that does not start, one line. */
export function remedyFor(name: EngineName): string {
  switch (name) {
    case 'torch':
    case 'tensorflow':
    case 'webgpu':
      return `\`${setupCommand()} --engine ${name}\` sets it up and says what is missing`;
    case 'wasm':
    case 'cpu':
      return '`npm ci --ignore-scripts` installs it anew';
  }
}

async function startByName(
  name: EngineName,
  { threads, device, precision, software = false }: StartOptions,
): Promise<Engine> {
  switch (name) {
    case 'torch': {
      const before = readCoreTimes();
      const { loadTorch, startTorch } = await import('./torch/start.js');
      const onProcessor = loadTorch(device).device === 'cpu';
      const most = defaultThreads();
      const fewer = async () => threadsUnderLoad(most, before, await readCoreTimesAfter(before));
      threads ??= onProcessor && most > 1 ? await fewer() : most;
      return startTorch(threads, { device, precision });
    }
    case 'tensorflow': {
      const { startTensorflow } = await import('./tensorflow/start.js');
      return startTensorflow(threads ?? defaultThreads(), device);
    }
    case 'webgpu': {
      const { startWebgpu } = await import('./webgpu/start.js');
      return startWebgpu({ software });
    }
    case 'wasm': {
      const { startWasm } = await import('./wasm/start.js');
      return startWasm();
    }
    case 'cpu': {
      const { startCpu } = await import('./cpu/start.js');
      return startCpu();
    }
  }
}

function requireDevice(
  engine: Engine,
  { device = 'auto', precision = 'auto' }: Omit<EngineOptions, 'engine'>,
): void {
  if (device !== 'auto' && engine.device !== device) {
    const why =
      engine.name === 'tensorflow' && device === 'cuda'
        ? 'TensorFlow finds no CUDA card'
        : `it runs on ${engine.device}`;
    throw new Error(`the device ${device} was asked for and ${why}`);
  }
  if (precision === 'bf16' && engine.precision !== 'bf16') {
    throw new Error('the precision bf16 was asked for and it computes in f32 only');
  }
}
