/** TensorFlow.js's WebGPU backend, with faults of the card told. */
import type * as tf from '@tensorflow/tfjs';
import { OsvosError } from '../../errors.js';
import type { AdapterInfo } from './adapter.js';
import type { Dawn, Device } from './dawn.js';

/**
 * A card reports faults, such as that its memory is used up, behind the program's back, and what is read then is zeros.
 * So the first fault makes this and each later reading an error.
 */
export function createBackend({ WebGPUBackend }: Dawn, device: Device, info: AdapterInfo): tf.KernelBackend {
  let fault: string | undefined;
  device.addEventListener('uncapturederror', (event) => {
    fault ??= firstLine(event.error.message);
    event.preventDefault(); // or Dawn prints it
  });
  void device.lost.then(({ message }) => (fault ??= `the card is lost (${firstLine(message)})`));

  class Backend extends WebGPUBackend {
    override async read(id: tf.DataId): Promise<tf.backend_util.BackendValues> {
      let values: tf.backend_util.BackendValues;
      try {
        values = await super.read(id);
      } catch (error) {
        throw failure(fault ?? firstLine((error as Error).message), error);
      }
      if (fault !== undefined) throw failure(fault);
      return values;
    }

    override readSync(id: tf.DataId): tf.backend_util.BackendValues {
      if (this.tensorMap.get(id).values) return super.readSync(id);
      throw new Error('a card’s numbers are read by `await tensor.data()` only');
    }
  }
  return new Backend(device, info);
}

function failure(why: string, cause?: unknown): OsvosError {
  return new OsvosError(
    'engine',
    `the graphics card cannot go on: ${why}`,
    'engine webgpu',
    'use a smaller --size, close programs that use the card, or use another --engine',
    { cause },
  );
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0];
}
