/** Names and shapes of the Space-Time Memory network (Oh et al. 2019) as our files hold it: its own names, batch norm folded in. */
import { addConvolution, trunkShapes, type Shapes } from '../trunk-shapes.js';

/** Channels of layer1 to layer3 of ResNet-50, at strides 4, 8 and 16. */
const [FINE, MIDDLE, COARSE] = [256, 512, 1024];
const KEY_CHANNELS = 128;
const VALUE_CHANNELS = 512;
const DECODER_CHANNELS = 256;

/** `Encoder_M` sees picture, mask and other masks; `Encoder_Q` the picture. */
export function stmShapes(): Shapes {
  const shapes: Shapes = new Map();
  for (const encoder of ['Encoder_M', 'Encoder_Q']) {
    for (const [name, shape] of trunkShapes('resnet50')) shapes.set(`${encoder}.${stageNames(name)}`, shape);
  }
  // added to conv1 of the picture, whose bias is that of the sum
  for (const mask of ['conv1_m', 'conv1_o']) shapes.set(`Encoder_M.${mask}.weight`, [7, 7, 1, 64]);
  const add = (name: string, input: number, output: number) => addConvolution(shapes, name, 3, input, output);
  for (const heads of ['KV_M_r4', 'KV_Q_r4']) {
    add(`${heads}.Key`, COARSE, KEY_CHANNELS);
    add(`${heads}.Value`, COARSE, VALUE_CHANNELS);
  }
  const addBlock = (name: string) =>
    [1, 2].forEach((i) => add(`${name}.conv${i}`, DECODER_CHANNELS, DECODER_CHANNELS));
  // what was read from memory, beside the query's own value
  add('Decoder.convFM', 2 * VALUE_CHANNELS, DECODER_CHANNELS);
  addBlock('Decoder.ResMM');
  for (const [refine, skip] of [
    ['Decoder.RF3', MIDDLE],
    ['Decoder.RF2', FINE],
  ] as const) {
    add(`${refine}.convFS`, skip, DECODER_CHANNELS);
    addBlock(`${refine}.ResFS`);
    addBlock(`${refine}.ResMM`);
  }
  add('Decoder.pred2', DECODER_CHANNELS, 2);
  return shapes;
}

/** STM counts stages by their stride's power of two: torchvision's layer1 is `res2`. */
function stageNames(name: string): string {
  return name.replace(/^layer(\d)/, (_, layer) => `res${Number(layer) + 1}`);
}
