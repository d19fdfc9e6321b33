/** Small sound weight files, in all containers and with the names of all forms, from which broken ones are made. */
import { readFileSync } from 'node:fs';
import { encodeSafetensors } from '../../../src/weights/safetensors.js';
import { npy } from '../npz/npz-file.js';
import {
  dict,
  pickle,
  storage,
  streamFile,
  tensor,
  zip,
  type Member,
  type Pickled,
} from '../pth/pth-file.js';
import { numbers } from '../trunk-file.js';

export const containers = ['safetensors', 'npz', 'pth-zip', 'pth-stream'] as const;
export type Container = (typeof containers)[number];

type Shapes = Record<string, number[]>;

/** A few tensors of each form: enough to be taken for it. */
const forms: Shapes[] = [
  {
    'features.0.weight': [4, 3, 3, 3],
    'features.0.bias': [4],
    'features.2.weight': [4, 4, 3, 3],
    'classifier.6.bias': [10],
  },
  {
    'module.conv1.weight': [4, 3, 7, 7],
    'module.bn1.weight': [4],
    'module.bn1.bias': [4],
    'module.bn1.running_mean': [4],
    'module.bn1.running_var': [4],
    'module.layer2.0.downsample.0.weight': [4, 4, 1, 1],
  },
  {
    'layer2.0.downsample.0.weight': [2, 4, 1, 1],
    'layer1.0.conv3.weight': [4, 2, 1, 1],
    'fc.weight': [3, 2],
  },
  {
    'stages.0.0.weight': [2, 3, 3, 3],
    'stages.0.0.bias': [2],
    'side_prep.0.weight': [2, 2, 3, 3],
    'upscale_.0.weight': [1, 1, 4, 4],
    'fuse.weight': [1, 8, 1, 1],
  },
  { 'block1_conv1.kernel': [3, 3, 3, 2], 'block1_conv1.bias': [2], 'block5_conv3.kernel': [3, 3, 2, 2] },
  {
    'Encoder_M.bn1.running_mean': [2],
    'Encoder_M.conv1.weight': [2, 3, 7, 7],
    'Encoder_M.conv1_m.weight': [2, 1, 7, 7],
    'Encoder_M.mean': [1, 3, 1, 1],
  },
  { 'stage1.conv1.weight': [3, 3, 3, 4], 'stage1.conv1.bias': [4], 'conv0.weight': [3, 3, 1, 1] },
];

/** Written by PyTorch. */
const fixtures = ['types', 'views', 'checkpoint', 'protocol-4'];

/** Every form in the container, and files that PyTorch wrote. */
export function baseFiles(container: Container): Member[][] {
  const made = forms.map((shapes) => membersOf(container, shapes));
  if (!container.startsWith('pth')) return made;
  const written = fixtures.map((name) => {
    const file = new URL(
      `../../fixtures/weights/pth/${name}-${container.slice('pth-'.length)}.pth`,
      import.meta.url,
    );
    return [{ name: '', content: readFileSync(file) }];
  });
  return [...made, ...written];
}

/** The file of these members; a single one without a name is the whole file. */
export function packed(members: Member[]): Uint8Array {
  return isArchive(members) ? zip(members) : members[0].content;
}

export function isArchive([first]: Member[]): boolean {
  return first.name !== '';
}

function membersOf(container: Container, shapes: Shapes): Member[] {
  const named = Object.entries(shapes);
  const values = (shape: number[]) => numbers(shape, (k) => Math.sin(k + 1));
  switch (container) {
    case 'safetensors': {
      const tensors = new Map(named.map(([name, shape]) => [name, values(shape)]));
      return [{ name: '', content: encodeSafetensors(tensors, { made: 'for tests' }) }];
    }
    case 'npz':
      return named.map(([name, shape], i) => {
        const body = new Uint8Array(values(shape).data.buffer);
        return {
          name: `${name}.npy`,
          content: npy({
            shape: `(${shape.map((size) => `${size}, `).join('')})`,
            body,
            fortran: i % 2 === 1,
          }),
          deflated: i % 3 === 2,
        };
      });
    case 'pth-zip': {
      const storages = named.map(([, shape], i) => ({
        name: `net/data/${i}`,
        content: new Uint8Array(values(shape).data.buffer),
      }));
      return [
        { name: 'net/data.pkl', content: pickle(stateDict(named)), deflated: named.length % 2 === 1 },
        ...storages,
      ];
    }
    case 'pth-stream': {
      const storages = named.map(
        ([, shape], i) => [String(i), new Uint8Array(values(shape).data.buffer)] as const,
      );
      return [{ name: '', content: streamFile(stateDict(named), Object.fromEntries(storages)) }];
    }
  }
}

function stateDict(named: [string, number[]][]): Pickled {
  const count = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
  return dict(
    Object.fromEntries(
      named.map(([name, shape], i) => [name, tensor(storage(String(i), count(shape)), shape)]),
    ),
  );
}
