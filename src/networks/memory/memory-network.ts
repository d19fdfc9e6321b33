import * as tf from '@tensorflow/tfjs';
import type { Weights } from '../../weights/weights.js';
import { convolve } from '../convolution.js';
import { Parameters, type ParameterShapes } from '../parameters.js';
import {
  MEMORY_STRIDE,
  memoryWidths,
  type MemoryArchitecture,
  type MemoryWidths,
} from './memory-architecture.js';
import { createDecoder, enlarge, type MemoryDecoder, type Skips } from './memory-decoder.js';
import { createEncoder, createMemoryTrunk, type Encoder } from './memory-encoders.js';

/** A frame as the query sees it, once for all objects. */
export interface Query extends Skips {
  /** `[N, h, w, key]`. */
  key: tf.Tensor4D;
  /** `[N, h, w, value]`. */
  value: tf.Tensor4D;
  /** The trunk's last map; the values of image-keyed memories are made of it too. */
  r4: tf.Tensor4D;
}

/** What is remembered of a frame: one row for each object. */
export interface Memorised {
  /** `[N, h, w, key]`; none where keys come from the picture alone. */
  key?: tf.Tensor4D;
  /** `[N, h, w, value]`. */
  value: tf.Tensor4D;
}

/**
 * The networks around a space-time memory (Oh et al. 2019; image keys: Cheng et al. 2021): a frame becomes keys that
 * say where to look, values that say what is there, and a decoder turns what was read into a mask. The read itself is
 * `memory-read.ts`. Lives until `dispose`.
 */
export class MemoryNetwork {
  readonly widths: MemoryWidths;
  private readonly query_: Encoder;
  private readonly memory: Encoder;
  private readonly decoder: MemoryDecoder;

  private constructor(
    readonly architecture: MemoryArchitecture,
    readonly parameters: Parameters,
  ) {
    const parts = partsOf(architecture);
    this.widths = memoryWidths[architecture.trunk];
    [this.query_, this.memory, this.decoder] = [parts.query, parts.memory, parts.decoder];
  }

  /** Throws `weights-unfit` naming `source`. */
  static from(weights: Weights, architecture: MemoryArchitecture, source: string): MemoryNetwork {
    return new MemoryNetwork(architecture, Parameters.from(weights, memoryShapes(architecture), source));
  }

  /** @param pictures `[N, H, W, 3]`, normalised; sides multiples of 16 */
  query(pictures: tf.Tensor4D): Query {
    const { r2, r3, r4 } = this.query_.run(pictures, this.parameters);
    return {
      key: convolve(r4, this.parameters, 'KV_Q_r4.Key'),
      value: convolve(r4, this.parameters, 'KV_Q_r4.Value'),
      ...{ r4, ...this.decoder.skips({ r2, r3 }, this.parameters) },
    };
  }

  /** The key alone and what values are made of, for frames that are only remembered. */
  imageKey(pictures: tf.Tensor4D): Pick<Query, 'key' | 'r4'> {
    const { r4 } = this.query_.run(pictures, this.parameters);
    return { key: convolve(r4, this.parameters, 'KV_Q_r4.Key'), r4 };
  }

  /**
   * @param pictures `[N, H, W, 3]`, one row for each object
   * @param masks probabilities of the object and the sum of those of all others, `[N, H, W, 1]`
   * @param r4 the query's map of the same pictures; needed where keys come from the picture alone
   */
  memorise(pictures: tf.Tensor4D, masks: readonly [tf.Tensor4D, tf.Tensor4D], r4?: tf.Tensor4D): Memorised {
    const maps = this.memory.run(pictures, this.parameters, masks);
    if (this.architecture.keys === 'masked') {
      return {
        key: convolve(maps.r4, this.parameters, 'KV_M_r4.Key'),
        value: convolve(maps.r4, this.parameters, 'KV_M_r4.Value'),
      };
    }
    if (!r4) throw new Error('an image-keyed memory needs the query’s map');
    return { value: convolve(tf.concat([maps.r4, r4], 3), this.parameters, 'KV_M_r4.Value') };
  }

  /**
   * @param read what the memory said, `[N, h, w, value]`, one row for each object
   * @param query of the same rows
   * @returns log-odds of each object alone, `[N, H, W, 1]`
   */
  decode(read: tf.Tensor4D, query: Pick<Query, 'value' | 's3' | 's2'>): tf.Tensor4D {
    const logits = this.decoder.run(tf.concat([read, query.value], 3), query, this.parameters);
    // the log-odds of a softmax over two are the difference; resizing is linear, so it may come after
    const [background, object] = tf.split<tf.Tensor4D>(logits, 2, 3);
    return enlarge(tf.sub(object, background), MEMORY_STRIDE / 4);
  }

  dispose(): void {
    this.parameters.dispose();
  }
}

/** Names and shapes of all parameters; those of `masked` keys are the names of STM's release. */
export function memoryShapes(architecture: MemoryArchitecture): ParameterShapes {
  const { query, memory, decoder } = partsOf(architecture);
  const { key, value } = memoryWidths[architecture.trunk];
  const channels = query.channels[2];
  const heads = new Map<string, number[]>();
  const declare = (name: string, input: number, output: number) =>
    heads.set(`${name}.weight`, [3, 3, input, output]).set(`${name}.bias`, [output]);
  const masked = architecture.keys === 'masked';
  if (masked) declare('KV_M_r4.Key', channels, key);
  declare('KV_M_r4.Value', masked ? channels : 2 * channels, value);
  declare('KV_Q_r4.Key', channels, key);
  declare('KV_Q_r4.Value', channels, value);
  return new Map([...memory.shapes, ...query.shapes, ...heads, ...decoder.shapes]);
}

function partsOf({ trunk: name }: MemoryArchitecture) {
  const trunk = createMemoryTrunk(name);
  const query = createEncoder('Encoder_Q', trunk, false);
  const memory = createEncoder('Encoder_M', trunk, true);
  const [r2, r3] = query.channels;
  return { query, memory, decoder: createDecoder(memoryWidths[name], [r2, r3]) };
}
