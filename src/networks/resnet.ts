import * as tf from '@tensorflow/tfjs';
import { convolve, pad } from './convolution.js';
import type { ParameterSource } from './parameters.js';
import type { Stage, Trunk } from './stage.js';

/** What residual blocks are made of; `bottleneck-v1` has its stride on the first 1×1 convolution. */
export type ResnetKind = 'basic' | 'bottleneck-v1' | 'bottleneck';

type Block = (
  x: tf.Tensor4D,
  parameters: ParameterSource,
  name: string,
  stride: number,
  widened: boolean,
) => tf.Tensor4D;

/** Two 3×3 convolutions, the stride on the first (He et al. 2016, fig. 5 left). */
const basic: Block = (x, parameters, name, stride, widened) => {
  const inner = convolve(x, parameters, `${name}.conv1`, { stride, relu: true });
  const shortcut = widened ? convolve(x, parameters, `${name}.downsample`, { stride }) : x;
  return convolve(inner, parameters, `${name}.conv2`, { residual: shortcut, relu: true });
};

/** 1×1, 3×3, 1×1. @param strided which of them has the stride: the first in the released Caffe models ("v1"), the second in torchvision's */
function bottleneck(strided: 1 | 2): Block {
  return (x, parameters, name, stride, widened) => {
    const [first, second] = strided === 1 ? [stride, 1] : [1, stride];
    const narrow = convolve(x, parameters, `${name}.conv1`, { stride: first, relu: true });
    const inner = convolve(narrow, parameters, `${name}.conv2`, { stride: second, relu: true });
    const shortcut = widened ? convolve(x, parameters, `${name}.downsample`, { stride }) : x;
    return convolve(inner, parameters, `${name}.conv3`, { residual: shortcut, relu: true });
  };
}

const blockKinds: Record<ResnetKind, Block> = {
  basic,
  'bottleneck-v1': bottleneck(1),
  bottleneck: bottleneck(2),
};

/**
 * ResNet to layer3 with batch normalisation folded into the convolutions (it stays frozen with one clip as batch).
 * Stages: conv1 (stride 2), layer1 (4), layer2 (8), layer3 (16); each has a side output.
 *
 * @param blocks residual blocks of layers 1–3
 */
export function resnet(name: string, kind: ResnetKind, blocks: readonly number[]): Trunk {
  const shapes = new Map<string, number[]>();
  const declare = (convolution: string, size: number, input: number, output: number) => {
    shapes.set(`${convolution}.weight`, [size, size, input, output]);
    shapes.set(`${convolution}.bias`, [output]);
    return [`${convolution}.weight`, `${convolution}.bias`];
  };
  const stem: Stage = {
    stride: 2,
    channels: 64,
    side: true,
    names: declare('conv1', 7, 3, 64),
    run: (x, parameters) => convolve(x, parameters, 'conv1', { stride: 2, relu: true }),
  };
  let input = 64;
  const layers = blocks.map((count, index): Stage => {
    const width = 64 * 2 ** index;
    const output = kind === 'basic' ? width : 4 * width;
    const names: string[] = [];
    const plan: { name: string; stride: number; widened: boolean }[] = [];
    for (let b = 0; b < count; b++) {
      const block = `layer${index + 1}.${b}`;
      const stride = b === 0 && index > 0 ? 2 : 1;
      const widened = stride > 1 || input !== output;
      if (kind === 'basic') {
        names.push(
          ...declare(`${block}.conv1`, 3, input, width),
          ...declare(`${block}.conv2`, 3, width, output),
        );
      } else {
        names.push(
          ...declare(`${block}.conv1`, 1, input, width),
          ...declare(`${block}.conv2`, 3, width, width),
        );
        names.push(...declare(`${block}.conv3`, 1, width, output));
      }
      if (widened) names.push(...declare(`${block}.downsample`, 1, input, output));
      plan.push({ name: block, stride, widened });
      input = output;
    }
    const block = blockKinds[kind];
    return {
      stride: 4 * 2 ** index,
      channels: output,
      side: true,
      names,
      run(x, parameters) {
        // after a ReLU nothing is negative: padding with zeros is padding with −∞
        let y = index === 0 ? tf.maxPool(pad(x, 1), 3, 2, 'valid') : x;
        for (const step of plan) y = block(y, parameters, step.name, step.stride, step.widened);
        return y;
      },
    };
  });
  return { name, centred: false, stages: [stem, ...layers], shapes };
}
