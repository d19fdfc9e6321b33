/**
 * The annotated frames of a memory as named tensors: `memory.<n>.key`, `memory.<n>.object.<id>.key`, `….value`, and
 * `memory.<n>.frame`: the frame's index in its clip, and x, y, width and height of the part that was seen.
 */
import * as tf from '@tensorflow/tfjs';
import { OsvosError } from '../../errors.js';
import { asFloat32 } from '../../weights/half.js';
import type { Weights } from '../../weights/weights.js';
import type { FrameOrigin } from '../memory-use.js';
import type { RememberedFrame } from './space-time-memory.js';

export async function saveMemories(frames: readonly RememberedFrame[]): Promise<Weights> {
  const state: Weights = new Map();
  const put = async (name: string, tensor: tf.Tensor2D) => {
    const data = (await tensor.data<'float32'>()).slice();
    state.set(name, { dtype: 'F32', shape: tensor.shape, data });
  };
  for (const [n, { ids, keys, values, origin }] of frames.entries()) {
    if (origin) {
      const { x, y, width, height } = origin.place;
      const data = Float32Array.of(origin.index, x, y, width, height);
      state.set(`memory.${n}.frame`, { dtype: 'F32', shape: [data.length], data });
    }
    const shared = keys.length === 1 && ids.length !== 1;
    for (const [i, key] of keys.entries())
      await put(shared ? `memory.${n}.key` : `memory.${n}.object.${ids[i]}.key`, key);
    for (const [i, value] of values.entries()) await put(`memory.${n}.object.${ids[i]}.value`, value);
  }
  return state;
}

/**
 * Makes tensors of what `saveMemories` gave. Throws `weights-unfit` where it is no memory, or one of other widths.
 *
 * @param widths channels of keys and values
 */
export function readMemories(state: Weights, widths: { key: number; value: number }): RememberedFrame[] {
  const fault = (what: string) =>
    new OsvosError('weights-unfit', what, 'memory', 'segment again from the masks');
  const frames = new Map<number, { key?: string; own: Map<number, { key?: string; value?: string }> }>();
  const origins = new Map<number, FrameOrigin>();
  for (const [name, { data }] of state) {
    const [, numbered] = /^memory\.(\d+)\.frame$/.exec(name) ?? [];
    if (numbered !== undefined) {
      const [index, x, y, width, height] = data;
      origins.set(Number(numbered), { index, place: { x, y, width, height } });
      continue;
    }
    const [, n, id, part] = /^memory\.(\d+)\.(?:object\.(\d+)\.)?(key|value)$/.exec(name) ?? [];
    if (part === undefined || (id === undefined && part === 'value'))
      throw fault(`no memory: it holds ${name}`);
    const frame = frames.get(Number(n)) ?? { own: new Map<number, { key?: string; value?: string }>() };
    frames.set(Number(n), frame);
    if (id === undefined) frame.key = name;
    else frame.own.set(Number(id), { ...frame.own.get(Number(id)), [part]: name });
  }
  const read = (name: string | undefined, channels: number, what: string): tf.Tensor2D => {
    const tensor = name === undefined ? undefined : state.get(name);
    if (!tensor) throw fault(`the memory lacks ${what}`);
    const [cells, width] = tensor.shape;
    if (tensor.shape.length !== 2 || width !== channels) {
      throw fault(
        `a memory of another network: ${name} is [${tensor.shape.join(', ')}], not [cells, ${channels}]`,
      );
    }
    return tf.tensor2d(asFloat32(tensor), [cells, width]);
  };
  const entries = [...frames].sort(([a], [b]) => a - b);
  // in one scope: a fault leaves nothing of the frames before it
  const tensors = tf.tidy(() =>
    entries.map(([n, { key, own }]) => {
      const ids = [...own.keys()].sort((a, b) => a - b);
      const shared = key === undefined ? undefined : read(key, widths.key, `memory.${n}.key`);
      return {
        ids,
        keys: shared
          ? [shared]
          : ids.map((id) => read(own.get(id)!.key, widths.key, `a key of object ${id}`)),
        values: ids.map((id) => read(own.get(id)!.value, widths.value, `a value of object ${id}`)),
      };
    }),
  );
  return tensors.map((frame, i) => ({ ...frame, origin: origins.get(entries[i][0]) }));
}
