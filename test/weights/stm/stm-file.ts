/** `STM_weights.pth` as its authors' program writes it, with numbers by a rule: see test/fixtures/weights/stm/make.py. */
import { dict, storage, tensor, zipFile, type Pickled } from '../pth/pth-file.js';

/** PyTorch's shapes by name, without DataParallel's prefix. */
export function stmStateShapes(): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const convolution = (name: string, input: number, output: number, size: number, bias = true) => {
    shapes.set(`${name}.weight`, [output, input, size, size]);
    if (bias) shapes.set(`${name}.bias`, [output]);
  };
  const norm = (name: string, width: number) => {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      shapes.set(`${name}.${part}`, [width]);
    shapes.set(`${name}.num_batches_tracked`, []);
  };
  for (const encoder of ['Encoder_M', 'Encoder_Q']) {
    if (encoder === 'Encoder_M')
      for (const mask of ['conv1_m', 'conv1_o']) convolution(`${encoder}.${mask}`, 1, 64, 7, false);
    convolution(`${encoder}.conv1`, 3, 64, 7, false);
    norm(`${encoder}.bn1`, 64);
    for (const [stage, before, width, blocks] of [
      [2, 64, 64, 3],
      [3, 256, 128, 4],
      [4, 512, 256, 6],
    ]) {
      for (let b = 0; b < blocks; b++) {
        const block = `${encoder}.res${stage}.${b}`;
        const input = b === 0 ? before : 4 * width;
        convolution(`${block}.conv1`, input, width, 1, false);
        norm(`${block}.bn1`, width);
        convolution(`${block}.conv2`, width, width, 3, false);
        norm(`${block}.bn2`, width);
        convolution(`${block}.conv3`, width, 4 * width, 1, false);
        norm(`${block}.bn3`, 4 * width);
        if (b > 0) continue;
        convolution(`${block}.downsample.0`, input, 4 * width, 1, false);
        norm(`${block}.downsample.1`, 4 * width);
      }
    }
    shapes.set(`${encoder}.mean`, [1, 3, 1, 1]);
    shapes.set(`${encoder}.std`, [1, 3, 1, 1]);
  }
  for (const heads of ['KV_M_r4', 'KV_Q_r4']) {
    convolution(`${heads}.Key`, 1024, 128, 3);
    convolution(`${heads}.Value`, 1024, 512, 3);
  }
  const block = (name: string) => [1, 2].forEach((i) => convolution(`${name}.conv${i}`, 256, 256, 3));
  convolution('Decoder.convFM', 1024, 256, 3);
  block('Decoder.ResMM');
  for (const [refine, input] of [
    ['RF3', 512],
    ['RF2', 256],
  ] as const) {
    convolution(`Decoder.${refine}.convFS`, input, 256, 3);
    block(`Decoder.${refine}.ResFS`);
    block(`Decoder.${refine}.ResMM`);
  }
  convolution('Decoder.pred2', 256, 2, 3);
  return shapes;
}

/** Where tensors begin in the rows that they share. */
const STARTS = 4096;

/** Changes to single tensors: another description, or `undefined` for none at all. */
export type Changes = Record<string, Pickled | undefined>;

/** Numbers of the row `signed`: as many as the largest kernel needs wherever it begins. */
export const SIGNED_NUMBERS = 3 * 3 * 1024 * 512 + STARTS;

/** The whole file in 20 MB: tensors share two rows of numbers, in which each begins at a place of its own. */
export function stmFile(changes: Changes = {}): Buffer {
  const values = (count: number, value: (residue: number) => number) =>
    new Uint8Array(Float32Array.from({ length: count }, (_, i) => value((i * 7919) % 2003)).buffer);
  const input = [0.485, 0.456, 0.406, 0.229, 0.224, 0.225];
  const rows = {
    signed: values(SIGNED_NUMBERS, (residue) => (residue - 1001) / 8192),
    positive: values(2 * STARTS, (residue) => (residue + 1) / 1024),
    input: new Uint8Array(Float32Array.from(input).buffer),
    counters: new Uint8Array(8),
  };
  const shapes = stmStateShapes();
  const names = [...shapes.keys()].sort();
  const state: Record<string, Pickled> = {};
  for (const [name, shape] of shapes) {
    if (name in changes && changes[name] === undefined) continue;
    const start = (97 * names.indexOf(name)) % STARTS;
    state[`module.${name}`] = changes[name] ?? describeTensor(name, shape, start);
  }
  return zipFile(dict(state), rows);

  function describeTensor(name: string, shape: number[], start: number): Pickled {
    if (name.endsWith('.num_batches_tracked')) return tensor(storage('counters', 1, 'LongStorage'), []);
    if (/\.(mean|std)$/.test(name))
      return tensor(storage('input', 6), shape, undefined, name.endsWith('std') ? 3 : 0);
    const positive = name.endsWith('.running_var') || /\.(bn\d|downsample\.1)\.weight$/.test(name);
    return positive
      ? tensor(storage('positive', 2 * STARTS), shape, undefined, start)
      : tensor(storage('signed', SIGNED_NUMBERS), shape, undefined, start);
  }
}
