/** How the tensors of Space-Time Memory networks are named in files. */
import {
  convolutionPart,
  ours,
  residualPlace,
  TORCH_EPSILON,
  type Place,
  type WeightForm,
} from '../foreign-names.js';

/** The architecture's name in the header of our files. */
export const stmArchitecture = 'stm-resnet50';

/** seoungwugoh/STM and those who trained it again. */
const released: WeightForm = {
  title: 'STM (Oh et al. 2019)',
  layout: 'OIHW',
  mark: (name) => name === 'Encoder_M.bn1.running_mean',
  place(name): Place | undefined {
    if (name.endsWith('.num_batches_tracked')) return 'left-aside';
    const [, block, layer, part] =
      /^(Encoder_[MQ]\.(?:res[2-4]\.\d+\.)?)(conv[1-3]|bn[1-3]|downsample\.[01])\.(\w+)$/.exec(name) ?? [];
    if (layer !== undefined) return residualPlace(block, layer, part);
    return convolutionPart(/^(Encoder_M\.conv1_[mo]|KV_.+|Decoder\..+)\.(weight|bias)$/.exec(name));
  },
  epsilon: TORCH_EPSILON,
  addedTo: { 'Encoder_M.conv1_m': 'Encoder_M.conv1', 'Encoder_M.conv1_o': 'Encoder_M.conv1' },
};

export const stmForms: readonly WeightForm[] = [ours('Encoder_M.conv1.bias'), released];

/** The pictures' normalisation, which the released network keeps as tensors. */
export const inputBuffers = ['Encoder_M.mean', 'Encoder_M.std', 'Encoder_Q.mean', 'Encoder_Q.std'];
