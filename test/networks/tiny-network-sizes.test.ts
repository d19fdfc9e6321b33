/**
 * The tiny network at sizes that are hard: one pixel, odd sides, and a whole frame of DAVIS.
 *
 * The table is of PyTorch 2.13 in double precision, with weights and picture rounded to single: conv2d with padding 1 and
 * relu, max_pool2d(2, 2, ceil_mode=True) in front of stages 2–5, conv_transpose2d of all three side channels with the
 * bilinear kernels of OSVOS (no collapse), cropped, joined, and fused at full size. The same program gives the golden
 * table of 11×13.
 */
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { EngineName } from '../../src/engine/engine.js';
import { tidyAsync } from '../../src/engine/tensors.js';
import type { CropRule } from '../../src/networks/crop-rules.js';
import type { OsvosNetwork } from '../../src/networks/osvos-network.js';
import { weightedCrossEntropy } from '../../src/training/losses.js';
import { startOrSkip } from '../engine/kernels/engines.js';
import { tinyNetwork, tinyPicture } from './tiny-network.js';

/** Of a norm, or of a logit: single precision beside double, over up to 410,000 pixels. */
const TOLERANCE = 1e-4;

interface Golden {
  /** Of all five maps, plain mean over the pixels, added. */
  loss: number;
  /** Mean, Euclidean norm and last logit of the side maps and of the fused one. */
  maps: [number, number, number][];
  /** Sum and Euclidean norm. */
  gradients: Record<string, [number, number]>;
}

type SizeName = '1×1' | '37×53' | '480×854';

// prettier-ignore
const golden: Record<SizeName, Record<CropRule, Golden>> = {
  '1×1': {
    center: {
      loss: 3.64776765,
      maps: [[0.0555694136, 0.0555694136, 0.0555694136], [0.0802904699, 0.0802904699, 0.0802904699], [0.0886995646, 0.0886995646, 0.0886995646], [0.0653139747, 0.0653139747, 0.0653139747], [0.0676311419, 0.0676311419, 0.0676311419]],
      gradients: {
        'stage1.conv1.weight': [0.0168835984, 0.0187474344],
        'stage1.conv1.bias': [0.0096435364, 0.0151322144],
        'stage3.conv1.weight': [-0.000713139978, 0.00723188253],
        'stage5.conv1.weight': [0.00950982198, 0.00876196995],
        'side.0.weight': [0.0106387942, 0.0190809129],
        'side.3.weight': [0.0262632067, 0.0257925311],
        'score.2.weight': [0.0347435909, 0.0219949826],
        'fuse.weight': [0.154046871, 0.0509260389],
        'fuse.bias': [0.516901344, 0.516901344],
      },
    },
    fixed: {
      loss: 3.5641077,
      maps: [[0.0555694136, 0.0555694136, 0.0555694136], [0.0409645255, 0.0409645255, 0.0409645255], [0.0319318432, 0.0319318432, 0.0319318432], [0.0196417676, 0.0196417676, 0.0196417676], [0.0465515898, 0.0465515898, 0.0465515898]],
      gradients: {
        'stage1.conv1.weight': [0.018818831, 0.0183066316],
        'stage1.conv1.bias': [0.0107488983, 0.0147764152],
        'stage3.conv1.weight': [-0.000581454051, 0.00367384515],
        'stage5.conv1.weight': [0.00280916154, 0.00261493633],
        'side.0.weight': [0.0106070792, 0.0189799083],
        'side.3.weight': [0.00775819468, 0.00762483405],
        'score.2.weight': [0.0121680747, 0.00770319312],
        'fuse.weight': [0.0757622123, 0.026021903],
        'fuse.bias': [0.511635796, 0.511635796],
      },
    },
  },
  '37×53': {
    center: {
      loss: 3.57624805,
      maps: [[0.0931610095, 4.13473214, 0.0953924885], [0.112833176, 5.01839048, 0.113125549], [0.0814907693, 3.7219651, 0.0653445499], [0.0727098335, 3.37885666, 0.0495702246], [0.0637136246, 2.97545335, 0.0698557694]],
      gradients: {
        'stage1.conv1.weight': [-0.0798953772, 0.173541141],
        'stage1.conv1.bias': [0.0302274789, 0.0489929785],
        'stage3.conv1.weight': [-0.266790125, 0.0384379871],
        'stage5.conv1.weight': [-0.0456248902, 0.0116524994],
        'side.0.weight': [0.146280607, 0.0616674868],
        'side.3.weight': [0.172356485, 0.0545988059],
        'score.2.weight': [-0.00550858112, 0.00696184787],
        'fuse.weight': [0.0627468438, 0.0274026142],
        'fuse.bias': [0.277267459, 0.277267459],
      },
    },
    fixed: {
      loss: 3.57161083,
      maps: [[0.0931610095, 4.13473214, 0.0953924885], [0.110848809, 4.94619609, 0.109237391], [0.0799843504, 3.67649111, 0.0869971818], [0.0703445765, 3.31526012, 0.0645212023], [0.0598319189, 2.81375066, 0.0656155477]],
      gradients: {
        'stage1.conv1.weight': [0.00198351552, 0.19195773],
        'stage1.conv1.bias': [0.0266237292, 0.0526894247],
        'stage3.conv1.weight': [-0.233805289, 0.0341211364],
        'stage5.conv1.weight': [-0.0375596589, 0.0144311407],
        'side.0.weight': [0.146117309, 0.0615380722],
        'side.3.weight': [0.159109597, 0.0512827861],
        'score.2.weight': [-0.00602980446, 0.00713954138],
        'fuse.weight': [0.0571204436, 0.0263198006],
        'fuse.bias': [0.276298053, 0.276298053],
      },
    },
  },
  '480×854': {
    center: {
      loss: 3.59971448,
      maps: [[0.0939984655, 60.2369998, 0.0526644525], [0.113200257, 72.922904, 0.0603024791], [0.0919976198, 59.2661171, 0.0389563327], [0.0696755528, 44.9663994, 0.0348006858], [0.0570515312, 37.032082, 0.0451638856]],
      gradients: {
        'stage1.conv1.weight': [0.117467311, 0.0941809216],
        'stage1.conv1.bias': [0.00861096525, 0.0106576773],
        'stage3.conv1.weight': [-0.0203228465, 0.0194420104],
        'stage5.conv1.weight': [-0.010882528, 0.00480062516],
        'side.0.weight': [0.18044219, 0.0761184079],
        'side.3.weight': [0.15484288, 0.0463712817],
        'score.2.weight': [-0.0114857056, 0.0069914035],
        'fuse.weight': [0.0818200015, 0.0351655137],
        'fuse.bias': [0.318169214, 0.318169214],
      },
    },
    fixed: {
      loss: 3.59958312,
      maps: [[0.0939984655, 60.2369998, 0.0526644525], [0.113171185, 72.9092105, 0.0699213341], [0.0919189566, 59.2382106, 0.0460393023], [0.0695613517, 44.9099844, 0.0404360994], [0.0570264033, 37.0300756, 0.0485879302]],
      gradients: {
        'stage1.conv1.weight': [0.118122696, 0.0938951162],
        'stage1.conv1.bias': [0.00863746193, 0.0105260767],
        'stage3.conv1.weight': [-0.0214454571, 0.0194692214],
        'stage5.conv1.weight': [-0.0106239268, 0.00476148476],
        'side.0.weight': [0.180417787, 0.0760940919],
        'side.3.weight': [0.154433749, 0.0462680971],
        'score.2.weight': [-0.0115795694, 0.00703067582],
        'fuse.weight': [0.0815694919, 0.0351216998],
        'fuse.bias': [0.318162928, 0.318162928],
      },
    },
  },
};

/** 1 within a third of the short side around the centre. */
function disc(height: number, width: number): Float32Array {
  return Float32Array.from({ length: height * width }, (_, i) => {
    const [y, x] = [Math.floor(i / width) - height / 2, (i % width) - width / 2];
    return y ** 2 + x ** 2 <= (Math.min(height, width) / 3) ** 2 ? 1 : 0;
  });
}

function run(network: OsvosNetwork, height: number, width: number) {
  const { fused, sides } = network.run(tinyPicture(height, width), true);
  const y = tf.tensor3d(disc(height, width), [1, height, width]);
  const w = tf.fill([1, height, width], 1 / (height * width));
  const maps = [...sides, fused];
  const loss = () => tf.addN(maps.map((map) => weightedCrossEntropy(map, y, w)));
  return { maps, loss };
}

const small: SizeName[] = ['1×1', '37×53'];
const sizesOf: Record<EngineName, SizeName[]> = {
  cpu: small,
  wasm: small,
  webgpu: small,
  tensorflow: [...small, '480×854'],
  torch: [...small, '480×854'],
};

for (const [engine, sizes] of Object.entries(sizesOf) as [EngineName, SizeName[]][]) {
  describe(`the tiny network at other sizes, on ${engine}`, () => {
    let tensors: number;
    before(async function () {
      await startOrSkip(this, engine);
    });
    beforeEach(() => (tensors = tf.memory().numTensors));
    afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').to.equal(tensors));

    for (const size of sizes) {
      const [height, width] = size.split('×').map(Number);
      for (const crop of ['center', 'fixed'] as const) {
        it(`gives PyTorch’s logits, loss and gradients at ${size}, crop ${crop}`, async () => {
          const want = golden[size][crop];
          const network = tinyNetwork(crop);
          await tidyAsync(async () => {
            const { maps } = run(network, height, width);
            for (const [k, map] of maps.entries()) {
              const [mean, norm, last] = want.maps[k];
              const logits = await map.data<'float32'>();
              expect(map.shape).to.deep.equal([1, height, width]);
              const found = logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
              expect(found, `mean of map ${k}`).to.be.closeTo(mean, TOLERANCE);
              const length = Math.sqrt(logits.reduce((sum, logit) => sum + logit ** 2, 0));
              expect(length, `norm of map ${k}`).to.be.closeTo(norm, TOLERANCE * norm);
              expect(logits[logits.length - 1], `last of map ${k}`).to.be.closeTo(last, TOLERANCE);
            }
          });
          await tidyAsync(async () => {
            const names = Object.keys(want.gradients);
            const variables = names.map((name) => network.parameters.get(name));
            const { value, grads } = tf.variableGrads(() => run(network, height, width).loss(), variables);
            expect((await value.data())[0], 'loss').to.be.closeTo(want.loss, TOLERANCE * want.loss);
            for (const [i, name] of names.entries()) {
              const numbers = await grads[variables[i].name].data<'float32'>();
              const [sum, norm] = want.gradients[name];
              const length = Math.sqrt(numbers.reduce((all, g) => all + g ** 2, 0));
              expect(length, `${name}, norm`).to.be.closeTo(norm, TOLERANCE * norm);
              const found = numbers.reduce((all, g) => all + g, 0);
              expect(found, `${name}, sum`).to.be.closeTo(sum, TOLERANCE * norm);
            }
          });
          network.dispose();
        });
      }
    }
  });
}
