import { resnet } from './resnet.js';
import type { Trunk } from './stage.js';
import type { TrunkName } from './trunk-names.js';
import { vgg } from './vgg.js';

/** The trunks of `trunkNames`, without their numbers. */
export function createTrunk(name: TrunkName): Trunk {
  switch (name) {
    case 'vgg16':
      return vgg(name, [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]); // prettier-ignore
    case 'vgg19-slim':
      return vgg(name, [[16, 16], [32, 32], [64, 64, 64, 64], [128, 128, 128, 128], [128]]); // prettier-ignore
    case 'resnet18':
      return resnet(name, 'basic', [2, 2, 2]);
    case 'resnet50-v1':
      return resnet(name, 'bottleneck-v1', [3, 4, 6]);
    case 'resnet50':
      return resnet(name, 'bottleneck', [3, 4, 6]);
  }
}
