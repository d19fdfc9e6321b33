/** How pictures must be normalised for a trunk: weights fit one normalisation only. */
export interface TrunkInput {
  /** Order of the channels. */
  order: 'RGB' | 'BGR';
  /** Value of white before the mean is taken off. */
  range: 255 | 1;
  /** Per channel, in `order` and on the scale of `range`. */
  mean: number[];
  /** Divisor per channel, in `order`, after the mean is taken off. */
  std: number[];
}

/**
 * Trunks whose weight files are read here; `resnet50-v1` has its strides on the 1×1 convolutions, `resnet50` on the 3×3
 * ones, see networks/.
 */
export type TrunkArchitecture = 'resnet50-v1' | 'resnet50' | 'resnet18' | 'vgg19-slim' | 'vgg16';

/** torchvision's normalisation of ImageNet (RGB, 0–1). */
export const torchvisionInput: TrunkInput = {
  order: 'RGB',
  range: 1,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** Caffe's normalisation as Keras keeps it (MSRA's ResNets, Oxford's VGG). */
export const kerasCaffeInput: TrunkInput = {
  order: 'BGR',
  range: 255,
  mean: [103.939, 116.779, 123.68],
  std: [1, 1, 1],
};

/** The normalisation of OSVOS’s own releases (Caelles et al. 2017, all three code bases). */
export const osvosReleaseInput: TrunkInput = {
  order: 'BGR',
  range: 255,
  mean: [104.00699, 116.66877, 122.67892],
  std: [1, 1, 1],
};

/** The normalisation that our copy of each trunk expects; `readTrunk` folds others into the first convolution. */
export const trunkInputs: Readonly<Record<TrunkArchitecture, TrunkInput>> = {
  'resnet50-v1': kerasCaffeInput,
  resnet50: torchvisionInput,
  resnet18: torchvisionInput,
  // the grey at which the file's own first layer, `conv0`, gives zero: there zero padding is neutral
  'vgg19-slim': { order: 'BGR', range: 255, mean: [104.48837, 116.69275, 122.93592], std: [1, 1, 1] },
  // 255 × torchvision's mean, so that folding is exact at the borders too
  vgg16: { order: 'BGR', range: 255, mean: [103.53, 116.28, 123.675], std: [1, 1, 1] },
};
