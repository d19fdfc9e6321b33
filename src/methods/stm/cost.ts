/** What a memory method costs, counted from the shapes of its filters at the size that the network sees. */
import { memoryShapes } from '../../networks/memory/memory-network.js';
import { MEMORY_STRIDE, memoryWidths, type MemoryKeys } from '../../networks/memory/memory-architecture.js';
import { cellsAt, FLOAT_BYTES, product, sum, type Size } from '../../networks/trunk-cost.js';
import { addWork, noWork, timesWork, type MethodCost, type Work } from '../cost.js';
import { FIXED_BYTES, FORWARD_PASSES, HELD_FORWARD, PARAMETER_BYTES } from '../network-cost.js';
import { OBJECT_CHUNK, type MemoryOptions } from './defaults.js';
import { paddingOf, reducedSize } from './padding.js';

/** Stride of the masks before they are enlarged, the finest. */
const FINEST_STRIDE = 4;
/** How often the affinities of query and memory are written or read; the kernel adds as many. */
const READ_PASSES = 4;
/** How often log-odds at the frame's own size are: resized, made probabilities, turned, copied. */
const MERGE_PASSES = 8;
/** Bytes of affinities that are there at once, see `memory-read.ts`; and arrays that are made of them. */
const READ_BYTES = 64 * 2 ** 20;
const READ_ARRAYS = 3;
/**
 * Bytes held for each byte of maps that the decoder's convolutions put out: sums, enlarged maps and skips, one for
 * each object, are no convolutions. From the peaks of runs with one and three objects.
 */
const HELD_DECODING = 4.5;
/** Of the frames between, as many are remembered in the mean: between half and all of what is allowed. */
const MEAN_KEPT = 0.75;

/** Convolutions that belong together. */
interface Part {
  multiplyAdds: number;
  /** Of all maps that they put out. */
  mapBytes: number;
}

/**
 * Multiply-adds and bytes. Long clips are bounded by `maxMemoryFrames`; of short ones, whose memory does not get full,
 * the time is a little less.
 *
 * @param annotations frames with masks, each taken to show all objects
 */
export function memoryCost(
  keys: MemoryKeys,
  options: MemoryOptions,
  frame: Size,
  objects: number,
  annotations = 1,
): MethodCost {
  const seen = paddingOf(reducedSize(frame, options.size));
  const architecture = { trunk: options.trunk, keys };
  const shapes = memoryShapes(architecture);
  const part = (pattern: RegExp) => partOf(shapes, pattern, seen);
  const query = part(/^Encoder_Q|^KV_Q|^Decoder\.RF\d\.(convFS|ResFS)/);
  const skips = part(/^Decoder\.RF\d\.convFS/);
  const memorise = part(/^Encoder_M|^KV_M/);
  const imageKey = keys === 'image' ? part(/^Encoder_Q|^KV_Q_r4\.Key/) : undefined;
  const decode = part(/^Decoder\.(?!RF\d\.(convFS|ResFS))/);
  const cells = cellsAt(seen, MEMORY_STRIDE);
  const read = readWork(keys, options, cells, objects, annotations);
  const remembers = options.memory === 'first' ? noWork : timesWork(objects, workOf(memorise));
  const merge = { ...noWork, moved: MERGE_PASSES * (1 + objects) * frame.width * frame.height * FLOAT_BYTES };

  const chunk = Math.min(objects, OBJECT_CHUNK);
  const remembered = bytesOfFrame(options, keys, cells, objects);
  const parameters = sum([...shapes.values()].map(product));
  const networkBytes = FIXED_BYTES + PARAMETER_BYTES * parameters;
  const pixels = seen.width * seen.height;
  const picture = (3 + 1 + objects) * pixels * FLOAT_BYTES;
  const learnt = annotations * remembered;
  const reading = READ_ARRAYS * Math.min(READ_BYTES, cells ** 2 * FLOAT_BYTES);
  const atOnce = Math.max(
    HELD_FORWARD * chunk * memorise.mapBytes,
    HELD_FORWARD * query.mapBytes + reading,
    skips.mapBytes + HELD_DECODING * chunk * decode.mapBytes,
  );
  return {
    start: startWork(annotations, objects, memorise, imageKey),
    step: noWork,
    steps: 0,
    begin: noWork,
    frame: addWork(workOf(query), read, timesWork(objects, workOf(decode)), remembers, merge),
    learningBytes: networkBytes + learnt + picture + HELD_FORWARD * chunk * memorise.mapBytes,
    segmentingBytes: networkBytes + mostRemembered(options, annotations) * remembered + 2 * picture + atOnce,
    stateBytes: learnt,
    checkpointBytes: 0,
    finestStride: FINEST_STRIDE,
  };
}

/** Bytes of one remembered frame: 4·N·(key + value) for each object, of which image keys are shared by all. */
function bytesOfFrame({ trunk }: MemoryOptions, keys: MemoryKeys, cells: number, objects: number): number {
  const { key, value } = memoryWidths[trunk];
  const rows = keys === 'image' ? key + objects * value : objects * (key + value);
  // values of objects that are read together are copied side by side
  const copies = keys === 'image' && objects > 1 ? objects * value : 0;
  return FLOAT_BYTES * cells * (rows + copies);
}

/** Frames that may be remembered at once. */
function mostRemembered({ memory, maxMemoryFrames }: MemoryOptions, annotations: number): number {
  const kept = memory === 'every' ? maxMemoryFrames + 1 : 0;
  return annotations + kept + (memory === 'first' ? 0 : 1);
}

/** Frames that a frame reads, in the mean. */
function meanRead({ memory, maxMemoryFrames }: MemoryOptions, annotations: number): number {
  if (memory === 'first') return annotations;
  if (memory === 'previous') return 1;
  return annotations + 1 + (memory === 'every' ? MEAN_KEPT * maxMemoryFrames : 0);
}

function readWork(
  keys: MemoryKeys,
  options: MemoryOptions,
  cells: number,
  objects: number,
  annotations: number,
): Work {
  const { key, value } = memoryWidths[options.trunk];
  const affinities = meanRead(options, annotations) * cells ** 2;
  const groups = keys === 'image' ? 1 : objects;
  const passes = options.kernel === false ? READ_PASSES : 2 * READ_PASSES;
  return {
    forward: affinities * (groups * key + objects * value),
    backward: 0,
    moved: groups * affinities * passes * FLOAT_BYTES,
  };
}

/** Of one object: each annotated frame is remembered; what all objects share is divided among them. */
function startWork(annotations: number, objects: number, memorise: Part, imageKey?: Part): Work {
  const shared = imageKey ? timesWork(1 / objects, workOf(imageKey)) : noWork;
  return timesWork(annotations, addWork(workOf(memorise), shared));
}

function workOf({ multiplyAdds, mapBytes }: Part): Work {
  return { forward: multiplyAdds, backward: 0, moved: FORWARD_PASSES * mapBytes };
}

function partOf(shapes: ReturnType<typeof memoryShapes>, pattern: RegExp, seen: Size): Part {
  const filters = [...shapes].filter(([name, shape]) => shape.length === 4 && pattern.test(name));
  const cells = (name: string) => cellsAt(seen, strideOf(name, shapes));
  return {
    multiplyAdds: sum(filters.map(([name, shape]) => cells(name) * product(shape))),
    mapBytes: sum(filters.map(([name, shape]) => cells(name) * shape[3] * FLOAT_BYTES)),
  };
}

/** Of the map that a convolution puts out. */
function strideOf(name: string, shapes: ReturnType<typeof memoryShapes>): number {
  const [, layer] = /^Encoder_[MQ]\.res(\d)\./.exec(name) ?? [];
  if (layer !== undefined) {
    // where blocks have three convolutions, the stride is on the second
    const before =
      name.endsWith('.0.conv1.weight') && shapes.has(name.replace('conv1', 'conv3')) && layer !== '2';
    return 2 ** Number(layer) / (before ? 2 : 1);
  }
  if (name.startsWith('Encoder_')) return 2;
  if (name.startsWith('Decoder.RF3')) return 8;
  return /^Decoder\.(RF2|pred2)/.test(name) ? FINEST_STRIDE : MEMORY_STRIDE;
}
