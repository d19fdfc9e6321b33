import * as tf from '@tensorflow/tfjs';
import { convolve } from './convolution.js';
import type { Stage, Trunk } from './stage.js';

/**
 * VGG without fully connected layers (Simonyan & Zisserman 2015) as OSVOS uses it: 2×2 max pooling at the start
 * of stages 2–5, rounding up, so that stage s has stride 2^(s−1). Stage 1 has no side output.
 *
 * @param widths channels of each 3×3 convolution, stage by stage
 */
export function vgg(name: string, widths: readonly (readonly number[])[]): Trunk {
  const shapes = new Map<string, number[]>();
  let input = 3;
  const stages = widths.map((channels, index): Stage => {
    const convolutions = channels.map((output, i) => {
      const convolution = `stage${index + 1}.conv${i + 1}`;
      shapes.set(`${convolution}.weight`, [3, 3, input, output]);
      shapes.set(`${convolution}.bias`, [output]);
      input = output;
      return convolution;
    });
    return {
      stride: 2 ** index,
      channels: channels[channels.length - 1],
      side: index > 0,
      names: convolutions.flatMap((c) => [`${c}.weight`, `${c}.bias`]),
      run(x, parameters) {
        // 'same' pads with −∞ at the end: the ceil rule of Caffe
        let y = index > 0 ? tf.maxPool(x, 2, 2, 'same') : x;
        for (const convolution of convolutions) y = convolve(y, parameters, convolution, { relu: true });
        return y;
      },
    };
  });
  return { name, centred: true, stages, shapes };
}
