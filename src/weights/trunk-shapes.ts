/** Names and shapes of a trunk's numbers as our files hold them: convolutions HWIO with bias, batch norm folded in. */
import type { TrunkArchitecture } from './trunk-inputs.js';

/** Shape by name. */
export type Shapes = Map<string, number[]>;

/** Channels of the 3×3 convolutions, stage by stage (Simonyan & Zisserman 2015). */
const vggWidths = {
  vgg16: [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ],
  // VGG-19 to conv5_1, every layer a quarter as wide
  'vgg19-slim': [[16, 16], [32, 32], [64, 64, 64, 64], [128, 128, 128, 128], [128]],
};

/** Blocks of layers 1–3 (He et al. 2016, table 1); layer4 has no part in segmentation. */
const resnetBlocks = { resnet18: [2, 2, 2], resnet50: [3, 4, 6], 'resnet50-v1': [3, 4, 6] };

/** Channels of a side branch of OSVOS. */
const SIDE_CHANNELS = 16;
const TOP_DOWN_CHANNELS = 32;

export function trunkShapes(architecture: TrunkArchitecture): Shapes {
  switch (architecture) {
    case 'vgg16':
    case 'vgg19-slim':
      return vggShapes(vggWidths[architecture]);
    case 'resnet18':
    case 'resnet50':
    case 'resnet50-v1':
      return resnetShapes(resnetBlocks[architecture], architecture === 'resnet18' ? 1 : 4);
  }
}

/** The heads that an OSVOS network adds to a trunk: `side.<k>`, `score.<k>`, k from fine to coarse, and `fuse`. */
export function osvosHeadShapes(architecture: TrunkArchitecture): Shapes {
  const shapes: Shapes = new Map();
  const channels = sideChannels[architecture];
  channels.forEach((width, k) => {
    addConvolution(shapes, `side.${k}`, 3, width, SIDE_CHANNELS);
    addConvolution(shapes, `score.${k}`, 1, SIDE_CHANNELS, 1);
  });
  addConvolution(shapes, 'fuse', 1, SIDE_CHANNELS * channels.length, 1);
  return shapes;
}

/** The heads that refine target scores: `lateral.<k>`, `target.<k>` at strides 8 and 16, `refine.<k>`, `score.<k>`. */
export function topDownHeadShapes(architecture: TrunkArchitecture): Shapes {
  const shapes: Shapes = new Map();
  sideChannels[architecture].forEach((width, k) => {
    addConvolution(shapes, `lateral.${k}`, 1, width, TOP_DOWN_CHANNELS);
    if (k >= 2) addConvolution(shapes, `target.${k}`, 3, 1, TOP_DOWN_CHANNELS);
    addConvolution(shapes, `refine.${k}`, 3, TOP_DOWN_CHANNELS, TOP_DOWN_CHANNELS);
    addConvolution(shapes, `score.${k}`, 1, TOP_DOWN_CHANNELS, 1);
  });
  return shapes;
}

/** Channels of the stages at strides 2, 4, 8 and 16. */
const sideChannels: Record<TrunkArchitecture, number[]> = {
  vgg16: [128, 256, 512, 512],
  'vgg19-slim': [32, 64, 128, 128],
  resnet18: [64, 64, 128, 256],
  resnet50: [64, 256, 512, 1024],
  'resnet50-v1': [64, 256, 512, 1024],
};

function vggShapes(widths: number[][]): Shapes {
  const shapes: Shapes = new Map();
  let input = 3;
  widths.forEach((stage, s) => {
    stage.forEach((output, i) => {
      addConvolution(shapes, `stage${s + 1}.conv${i + 1}`, 3, input, output);
      input = output;
    });
  });
  return shapes;
}

/**
 * ResNet's convolutions to layer3; where its strides are has no part in the shapes.
 *
 * @param expansion how much wider a block's output is than its inside: 1 for basic blocks, 4 for bottlenecks
 */
function resnetShapes(blocks: number[], expansion: 1 | 4): Shapes {
  const shapes: Shapes = new Map();
  addConvolution(shapes, 'conv1', 7, 3, 64);
  let input = 64;
  blocks.forEach((count, l) => {
    const width = 64 * 2 ** l;
    const output = width * expansion;
    for (let b = 0; b < count; b++) {
      const block = `layer${l + 1}.${b}`;
      const sizes = expansion === 1 ? [3, 3] : [1, 3, 1];
      const channels = expansion === 1 ? [input, width, output] : [input, width, width, output];
      sizes.forEach((size, i) =>
        addConvolution(shapes, `${block}.conv${i + 1}`, size, channels[i], channels[i + 1]),
      );
      if (b === 0 && input !== output) addConvolution(shapes, `${block}.downsample`, 1, input, output);
      input = output;
    }
  });
  return shapes;
}

export function addConvolution(
  shapes: Shapes,
  name: string,
  size: number,
  input: number,
  output: number,
): void {
  shapes.set(`${name}.weight`, [size, size, input, output]);
  shapes.set(`${name}.bias`, [output]);
}
