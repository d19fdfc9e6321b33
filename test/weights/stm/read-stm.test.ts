import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { OsvosError } from '../../../src/errors.js';
import { sha256, readSafetensors } from '../../../src/weights/safetensors.js';
import { readStm } from '../../../src/weights/stm/read-stm.js';
import { stmShapes } from '../../../src/weights/stm/stm-shapes.js';
import type { WeightTensor } from '../../../src/weights/weights.js';
import { runOsvos } from '../../commands/run-osvos.js';
import { storage, tensor } from '../pth/pth-file.js';
import { SIGNED_NUMBERS, stmFile, stmStateShapes } from './stm-file.js';

/** `[out, in, row, column, value]`, and `[out, value]`: told by PyTorch, see make.py there. */
interface Expected {
  shape: [number, number, number, number];
  weight: [number, number, number, number, number][];
  bias: [number, number][];
}

const fixture = fileURLToPath(new URL('../../fixtures/weights/stm/expected.json', import.meta.url));
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

describe('weights of STM', () => {
  let folder: string;
  let file: string;
  const dataFolder = process.env.OSVOS_DATA_DIR;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'osvos-stm-'));
    process.env.OSVOS_DATA_DIR = path.join(folder, 'data');
    file = path.join(folder, 'STM_weights.pth');
  });
  afterEach(async () => {
    if (dataFolder === undefined) delete process.env.OSVOS_DATA_DIR;
    else process.env.OSVOS_DATA_DIR = dataFolder;
    await rm(folder, { recursive: true });
  });

  it('have 38 925 570 numbers, with scales of batch norm that folding takes away', () => {
    const shapes = stmShapes();
    expect(shapes.size).to.equal(210);
    const state = stmStateShapes();
    expect(state.size).to.equal(558);
    // each normalised channel has one scale, and its shift becomes the convolution's bias
    const scales = [...shapes]
      .filter(([name]) => /^Encoder_.\..*bias$/.test(name))
      .reduce((sum, [, shape]) => sum + size(shape), 0);
    expect([...shapes.values()].reduce((sum, shape) => sum + size(shape), 0)).to.equal(38_925_570 - scales);
    expect(shapes.get('Encoder_M.conv1.weight')).to.deep.equal([7, 7, 3, 64]);
    expect(shapes.get('Encoder_M.conv1_o.weight')).to.deep.equal([7, 7, 1, 64]);
    expect(shapes.has('Encoder_M.conv1_m.bias') || shapes.has('Encoder_Q.conv1_m.weight')).to.equal(false);
    expect(shapes.get('Encoder_Q.res3.0.downsample.weight')).to.deep.equal([1, 1, 256, 512]);
    expect(shapes.get('Encoder_Q.res4.5.conv2.weight')).to.deep.equal([3, 3, 256, 256]);
    expect(shapes.get('Decoder.RF3.convFS.weight')).to.deep.equal([3, 3, 512, 256]);
  });

  it('are taken over from STM_weights.pth with batch norm folded as PyTorch folds it, and said to be non-commercial', async function () {
    this.timeout(120_000);
    const expected = JSON.parse(await readFile(fixture, 'utf8')) as Record<string, Expected> & {
      window: Record<string, [number, number][]>;
    };
    await writeFile(file, stmFile());
    const { exit, stdout, stderr } = await runOsvos('weights', 'import', file);
    const kept = path.join(folder, 'data', 'weights', 'STM_weights.safetensors');
    expect({ exit, stdout }).to.deep.equal({
      exit: 0,
      stdout: `STM_weights: 210 tensors of stm-resnet50 in ${kept}\nPictures: RGB, 0–1, minus 0.485 0.456 0.406, divided by 0.229 0.224 0.225\nLicence: CC BY-NC-SA (non-commercial)\n`,
    });
    expect(stderr)
      .to.contain('network stm-resnet50 in the form of STM (Oh et al. 2019)')
      .and.to.contain('non-commercial use only: the copy is yours alone, osvos does not ship it');
    const { tensors, metadata } = await readSafetensors(kept);
    expect(metadata).to.deep.equal({
      architecture: 'stm-resnet50',
      method: 'stm',
      licence: 'CC BY-NC-SA (non-commercial)',
      input: '{"order":"RGB","range":1,"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}',
      'imported-from': 'STM_weights.pth',
      'imported-sha256': await sha256(file),
    });
    expect([...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).to.deep.equal(
      [...stmShapes()].map(([name, shape]) => [name, 'F32', shape]),
    );

    const { window, ...layers } = expected;
    expect(2 * Object.keys(layers).length + 2).to.equal(tensors.size);
    for (const [name, { shape, weight, bias }] of Object.entries(layers)) {
      const [output, input, height, width] = shape;
      const kernel = tensors.get(`${name}.weight`)!;
      expect(kernel.shape, name).to.deep.equal([height, width, input, output]);
      for (const [o, i, y, x, value] of weight) {
        expect(
          kernel.data[((y * width + x) * input + i) * output + o],
          `${name} ${o} ${i} ${y} ${x}`,
        ).to.be.closeTo(value, 1e-6 * Math.max(1, Math.abs(value)));
      }
      for (const [o, value] of bias)
        expect(tensors.get(`${name}.bias`)!.data[o], name).to.be.closeTo(
          value,
          1e-6 * Math.max(1, Math.abs(value)),
        );
    }

    // the first sum: picture, mask and other masks see the same window
    const seen = (from: number, channels: number, { data }: WeightTensor, o: number) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) {
        for (let cell = 0; cell < 49; cell++)
          sum += (((31 * ((from + c) * 49 + cell)) % 101) / 101) * data[(cell * channels + c) * 64 + o];
      }
      return sum;
    };
    const part = {
      picture: tensors.get('Encoder_M.conv1.weight')!,
      mask: tensors.get('Encoder_M.conv1_m.weight')!,
      others: tensors.get('Encoder_M.conv1_o.weight')!,
    };
    const near = (value: number) => 1e-4 * Math.max(1, Math.abs(value));
    for (const [o, value] of window.mask) expect(seen(3, 1, part.mask, o)).to.be.closeTo(value, near(value));
    for (const [o, value] of window.others)
      expect(seen(4, 1, part.others, o)).to.be.closeTo(value, near(value));
    for (const [o, value] of window.sum) {
      const sum =
        seen(0, 3, part.picture, o) +
        seen(3, 1, part.mask, o) +
        seen(4, 1, part.others, o) +
        tensors.get('Encoder_M.conv1.bias')!.data[o];
      expect(sum).to.be.closeTo(value, near(value));
    }

    // what was kept is of our own form, and comes in again as it is
    const again = await readStm(kept);
    expect(again.form).to.equal('osvos');
    expect(again.metadata.licence).to.equal('CC BY-NC-SA (non-commercial)');
    for (const [name, { data }] of again.tensors)
      expect(Buffer.compare(asBytes(data), asBytes(tensors.get(name)!.data)), name).to.equal(0);
    const listed = JSON.parse((await runOsvos('weights', 'list', '--json')).stdout) as { weights: object[] };
    expect(listed.weights.at(-1)).to.include({
      name: 'STM_weights',
      architecture: 'stm-resnet50',
      method: 'stm',
      licence: 'CC BY-NC-SA (non-commercial)',
    });
  });

  const asBytes = ({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array) =>
    Buffer.from(buffer, byteOffset, byteLength);

  const refusal = async (content: Buffer) => {
    await writeFile(file, content);
    return readStm(file).then(
      () => expect.fail('was read'),
      (error: OsvosError) => error,
    );
  };

  it('are refused when pictures were normalised in another way, or it is not said how', async () => {
    const shifted = tensor(storage('input', 6), [1, 3, 1, 1], undefined, 1);
    const other = await refusal(stmFile({ 'Encoder_Q.std': shifted }));
    expect(other).to.include({
      code: 'weights-unfit',
      exit: 4,
      where: file,
      remedy: 'use weights that were trained with torchvision’s normalisation',
    });
    expect(other.what).to.match(
      /^Encoder_Q\.std is 0\.45\d+, 0\.40\d+, 0\.22\d+, not 0\.229, 0\.224, 0\.225: the network was trained on pictures normalised in another way$/,
    );
    const missing = await refusal(stmFile({ 'Encoder_M.mean': undefined }));
    expect(missing.what).to.contain('Encoder_M.mean is missing, not 0.485, 0.456, 0.406');
  });

  it('are refused with all names that are missing, unknown, of another shape or no number', async function () {
    this.timeout(120_000);
    const error = await refusal(
      stmFile({
        'KV_M_r4.Key.bias': undefined,
        'Encoder_M.conv1_o.weight': undefined,
        'Encoder_Q.res2.1.bn3.running_var': undefined,
        'Decoder.pred2.weight': tensor(storage('positive', 8192), [2, 256, 1, 1]),
        'Encoder_M.bn1.running_mean': tensor(storage('positive', 8192), [64], [0], 5),
        'Encoder_M.bn1.running_var': tensor(storage('signed', SIGNED_NUMBERS), [64], [0], 0),
      }),
    );
    expect(error).to.include({ code: 'weights-unfit', exit: 4, where: file });
    expect(error.what).to.equal(
      'no stm-resnet50 in the form of STM (Oh et al. 2019) (missing Encoder_Q.res2.1.conv3.bias, Encoder_M.conv1_o.weight, KV_M_r4.Key.bias; ' +
        'of another shape Decoder.pred2.weight [1, 1, 256, 2] for [3, 3, 256, 2]; ' +
        'with values that are no numbers Encoder_M.conv1_m.weight, Encoder_M.conv1.weight, Encoder_M.conv1.bias)',
    );
  });

  it('are not taken for a trunk, nor a trunk for them', async () => {
    await writeFile(file, stmFile());
    const asTrunk = await runOsvos('weights', 'import', file, '--architecture', 'vgg16');
    expect(asTrunk.exit).to.equal(4);
    expect(asTrunk.stderr)
      .to.contain('Error: no weights of vgg16 (it holds Encoder_M.conv1_m.weight, ')
      .and.to.contain(file);
    const others = path.join(path.dirname(fixture), '..', 'pth', 'types-zip.pth');
    const asStm = await runOsvos('weights', 'import', others, '-a', 'stm-resnet50', '--name', 'x');
    expect(asStm.exit).to.equal(4);
    expect(asStm.stderr).to.contain('Error: no weights of stm-resnet50 (it holds single, half, ');
  });
});
