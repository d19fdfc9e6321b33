/** Names of the tensors in other programs' weight files → the convolution and part of ours that they are. */
import {
  kerasCaffeInput,
  osvosReleaseInput,
  torchvisionInput,
  type TrunkArchitecture,
  type TrunkInput,
} from './trunk-inputs.js';

export type Part = 'weight' | 'bias' | 'gamma' | 'beta' | 'mean' | 'variance';

/** Where a foreign tensor belongs: a part of one of our convolutions, or nowhere (known and not needed). */
export type Place = { convolution: string; part: Part } | 'left-aside';

/** One way in which weights of an architecture are named and laid out. */
export interface WeightForm {
  /** As a user knows it. */
  title: string;
  layout: 'OIHW' | 'HWIO';
  /** A name that only files of this form have. */
  mark: (name: string) => boolean;
  /** Undefined for a name that has no business in such a file. */
  place: (name: string) => Place | undefined;
  /** Normalisation that the file was trained with; `conv0` when the file brings it as a first layer, none when it is ours. */
  input?: TrunkInput | 'conv0';
  /** Of batch normalisation, where there is one. */
  epsilon?: number;
  /** Convolutions whose output is added to another one's, before that one's batch normalisation: name → the other. */
  addedTo?: Readonly<Record<string, string>>;
}

/** PyTorch's default; MSRA's ResNets as Keras has them use 1.001e-5. */
export const TORCH_EPSILON = 1e-5;
const KERAS_RESNET_EPSILON = 1.001e-5;

/** Convolutions per stage of VGG-16. */
const vgg16Convolutions = [2, 2, 3, 3, 3];

/** Title of our own form. */
export const OUR_FORM = 'osvos';

/** Our own form; `mark` is a name of the architecture's family. */
export const ours = (mark: string): WeightForm => ({
  title: OUR_FORM,
  layout: 'HWIO',
  mark: (name) => name === mark,
  place: (name) => convolutionPart(/^(.+)\.(weight|bias)$/.exec(name)),
});
const oursOfVgg = ours('stage1.conv1.weight');
const oursOfResnet = ours('layer2.0.downsample.weight');

const torchvisionVgg: WeightForm = {
  title: 'torchvision VGG-16',
  layout: 'OIHW',
  mark: (name) => name === 'features.0.weight',
  place(name) {
    if (name.startsWith('classifier.')) return 'left-aside';
    const [, index, part] = /^features\.(\d+)\.(weight|bias)$/.exec(name) ?? [];
    return located(featureNames().get(Number(index)), part);
  },
  input: torchvisionInput,
};

const kerasVgg: WeightForm = {
  title: 'Keras VGG-16',
  layout: 'HWIO',
  mark: (name) => name.startsWith('block1_conv1'),
  place(name) {
    if (/^(fc1|fc2|predictions)\b/.test(name)) return 'left-aside';
    // block1_conv1.kernel, block1_conv1/kernel:0 and block1_conv1/block1_conv1_W_1:0 have all been seen
    const [, stage, index, part] =
      /^block([1-5])_conv([1-3])\b.*?(kernel|bias|_W|_b)(?:_1)?(?::0)?$/.exec(name) ?? [];
    if (part === undefined || Number(index) > vgg16Convolutions[Number(stage) - 1]) return undefined;
    return { convolution: `stage${stage}.conv${index}`, part: /kernel|_W/.test(part) ? 'weight' : 'bias' };
  },
  input: kerasCaffeInput,
};

/** kmaninis/OSVOS-PyTorch: index 0 of stages 1–4 is the pool, odd indices are convolutions. */
const osvosPyTorch: WeightForm = {
  title: 'OSVOS-PyTorch',
  layout: 'OIHW',
  mark: (name) => name === 'stages.0.0.weight',
  place(name) {
    // fixed bilinear kernels: checked, then left aside, since ours are computed
    if (/^upscale_?\.[0-3]\.weight$/.test(name)) return { convolution: name, part: 'weight' };
    const [, stage, index, part] = /^stages\.([0-4])\.(\d+)\.(weight|bias)$/.exec(name) ?? [];
    if (part !== undefined) {
      const convolution = stage === '0' ? Number(index) / 2 : (Number(index) - 1) / 2;
      const known = Number.isInteger(convolution) && convolution < vgg16Convolutions[Number(stage)];
      return known ? located(`stage${Number(stage) + 1}.conv${convolution + 1}`, part) : undefined;
    }
    const head = /^(side_prep|score_dsn)\.([0-3])\.(weight|bias)$/.exec(name);
    if (head) return located(`${head[1] === 'side_prep' ? 'side' : 'score'}.${head[2]}`, head[3]);
    return convolutionPart(/^(fuse)\.(weight|bias)$/.exec(name));
  },
  input: osvosReleaseInput,
};

/** MingSun-Tse/Collaborative-Distillation: `conv11` … `conv51`, with `conv0` in front. */
const slimVgg: WeightForm = {
  title: 'Collaborative-Distillation VGG-19',
  layout: 'OIHW',
  mark: (name) => name === 'conv11.weight',
  place(name) {
    // heads that imitate the wide network's channels
    if (/^conv\d\d_aux\.(weight|bias)$/.test(name)) return 'left-aside';
    const [, stage, index, part] = /^conv([1-5])([1-4])\.(weight|bias)$/.exec(name) ?? [];
    if (part !== undefined) return located(`stage${stage}.conv${index}`, part);
    return convolutionPart(/^(conv0)\.(weight|bias)$/.exec(name));
  },
  input: 'conv0',
};

/** torchvision's names of ResNets; batch norm as layers of their own, or folded already. */
function torchResnet(title: string, epsilon: number): WeightForm {
  return {
    title,
    layout: 'OIHW',
    mark: (name) => name === 'layer2.0.downsample.0.weight',
    place(name) {
      if (/^(fc\.|layer4\.)/.test(name) || name.endsWith('.num_batches_tracked')) return 'left-aside';
      const [, block = '', layer, part] =
        /^(layer[1-3]\.\d+\.)?(conv[1-3]|bn[1-3]|downsample\.[01])\.(\w+)$/.exec(name) ?? [];
      return layer === undefined ? undefined : residualPlace(block, layer, part);
    },
    epsilon,
  };
}

/**
 * A layer of a ResNet with PyTorch's names.
 *
 * @param block prefix that ends with a point, or nothing
 * @param layer `conv<i>`, `bn<i>`, `downsample.0` (a convolution) or `downsample.1` (its batch normalisation)
 */
export function residualPlace(block: string, layer: string, part: string): Place | undefined {
  if (layer.startsWith('conv')) return located(`${block}${layer}`, part);
  if (layer === 'downsample.0') return located(`${block}downsample`, part);
  const normalised = layer === 'downsample.1' ? 'downsample' : `conv${layer.at(-1)}`;
  const batchNormPart = batchNormParts[part];
  return batchNormPart && { convolution: `${block}${normalised}`, part: batchNormPart };
}

/** Forms that files of an architecture come in. */
export const weightForms: Readonly<Record<TrunkArchitecture, readonly WeightForm[]>> = {
  vgg16: [oursOfVgg, torchvisionVgg, kerasVgg, osvosPyTorch],
  'vgg19-slim': [oursOfVgg, slimVgg],
  resnet18: [oursOfResnet, torchResnet('torchvision ResNet-18', TORCH_EPSILON)],
  resnet50: [oursOfResnet, torchResnet('torchvision ResNet-50', TORCH_EPSILON)],
  'resnet50-v1': [
    oursOfResnet,
    torchResnet('Keras/MSRA ResNet-50 with PyTorch’s names', KERAS_RESNET_EPSILON),
  ],
};

const batchNormParts: Record<string, Part | undefined> = {
  weight: 'gamma',
  bias: 'beta',
  running_mean: 'mean',
  running_var: 'variance',
};

/** Of a match whose first group is a convolution and the second `weight` or `bias`. */
export function convolutionPart(match: RegExpExecArray | null): Place | undefined {
  return match ? located(match[1], match[2]) : undefined;
}

function located(convolution: string | undefined, part: string | undefined): Place | undefined {
  if (convolution === undefined || (part !== 'weight' && part !== 'bias')) return undefined;
  return { convolution, part };
}

/** Index in torchvision's `features` → convolution: each is followed by a ReLU, each stage by a pool. */
function featureNames(): Map<number, string> {
  const names = new Map<number, string>();
  let index = 0;
  vgg16Convolutions.forEach((count, s) => {
    for (let i = 1; i <= count; i++, index += 2) names.set(index, `stage${s + 1}.conv${i}`);
    index++;
  });
  return names;
}
