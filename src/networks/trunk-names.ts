/**
 * Trunks that networks can stand on. `resnet50-v1` has its strides on the 1×1 convolutions (He et al. 2016, Caffe),
 * `resnet50` on the 3×3 ones (torchvision).
 */
export const trunkNames = ['resnet50-v1', 'resnet50', 'resnet18', 'vgg19-slim', 'vgg16'] as const;
export type TrunkName = (typeof trunkNames)[number];
