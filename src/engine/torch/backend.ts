import * as tf from '@tensorflow/tfjs';
import type { Addon, Handle } from './addon.js';

type Values = Float32Array | Int32Array | Uint8Array;

/** What is kept for one data id: numbers in JavaScript, in the addon, or both. */
interface Record {
  dtype: tf.DataType;
  /** In the addon's order of memory; its shape is that of the tensor that was made first. */
  handle?: Handle;
  /** Absent while only the addon has the numbers. Strings are only here. */
  values?: tf.backend_util.BackendValues;
  shape: readonly number[];
  references: number;
}

/**
 * TensorFlow.js' store of tensors, with the numbers in the addon. They come to JavaScript only when they are read, or
 * when a kernel that the addon lacks needs them. A tensor whose type is float32 may be bfloat16 in the addon.
 */
export class TorchBackend extends tf.KernelBackend {
  readonly blockSize = 48;
  private readonly records: tf.DataStorage<Record>;

  constructor(readonly addon: Addon) {
    super();
    this.records = new tf.DataStorage(this, tf.engine());
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: tf.DataId,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    this.records.set(dataId, { dtype, values, shape, references });
  }

  /** Makes a tensor of what a kernel gave. */
  take(handle: Handle, shape: readonly number[], dtype: tf.DataType): tf.TensorInfo {
    const dataId = {};
    this.records.set(dataId, { dtype, handle, shape, references: 1 });
    return { dataId, shape: [...shape], dtype };
  }

  /** Another tensor on the same numbers. */
  share({ dataId, dtype }: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
    this.incRef(dataId);
    return { dataId, shape: [...shape], dtype };
  }

  /** The tensor in the addon. */
  handle({ dataId, dtype, shape }: tf.TensorInfo): Handle {
    const record = this.records.get(dataId);
    if (record.handle === undefined) {
      record.handle = this.addon.upload(asArray(record.values!, dtype), shape, dtype);
      record.values = undefined;
    }
    return record.handle;
  }

  /**
   * The tensor in the addon, to be changed in place. `undefined` where other tensors share its numbers: those must
   * not change.
   */
  handleToChange(tensor: tf.TensorInfo): Handle | undefined {
    return this.refCount(tensor.dataId) === 1 ? this.handle(tensor) : undefined;
  }

  override readSync(dataId: tf.DataId): tf.backend_util.BackendValues {
    const record = this.records.get(dataId);
    if (record.values !== undefined) return record.values;
    const values = emptyArray(record.dtype, tf.util.sizeFromShape([...record.shape]));
    this.addon.download(record.handle!, values);
    return values;
  }

  override read(dataId: tf.DataId): Promise<tf.backend_util.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    if (!this.records.has(dataId)) return true;
    const record = this.records.get(dataId);
    record.references--;
    if (!force && record.references > 0) return false;
    if (record.handle !== undefined) this.addon.release(record.handle);
    this.records.delete(dataId);
    return true;
  }

  override refCount(dataId: tf.DataId): number {
    return this.records.has(dataId) ? this.records.get(dataId).references : 0;
  }

  override incRef(dataId: tf.DataId): void {
    this.records.get(dataId).references++;
  }

  override numDataIds(): number {
    return this.records.numDataIds();
  }

  override memory(): { unreliable: boolean; reasons?: string[] } {
    return { unreliable: false };
  }

  override timerAvailable(): boolean {
    return true;
  }

  override async time(work: () => void): Promise<{ kernelMs: number }> {
    const since = performance.now();
    work();
    return { kernelMs: performance.now() - since };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    this.addon.emptyCache();
  }
}

function emptyArray(dtype: tf.DataType, size: number): Values {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size);
    case 'int32':
      return new Int32Array(size);
    case 'bool':
      return new Uint8Array(size);
    default:
      throw new Error(`engine torch computes with no numbers of the type ${dtype}`);
  }
}

/** TensorFlow.js gives plain lists and arrays of other types here and there. */
function asArray(values: tf.backend_util.BackendValues, dtype: tf.DataType): Values {
  const numbers = values as ArrayLike<number>;
  switch (dtype) {
    case 'float32':
      return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
    case 'int32':
      return numbers instanceof Int32Array ? numbers : Int32Array.from(numbers);
    case 'bool':
      return numbers instanceof Uint8Array ? numbers : Uint8Array.from(numbers);
    default:
      throw new Error(`engine torch computes with no numbers of the type ${dtype}`);
  }
}
