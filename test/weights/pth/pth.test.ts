import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { OsvosError } from '../../../src/errors.js';
import { parsePth } from '../../../src/weights/pth/pth.js';
import { readWeightFile } from '../../../src/weights/weight-file.js';
import type { WeightTensor } from '../../../src/weights/weights.js';
import {
  dict,
  get,
  int,
  join,
  list,
  named,
  none,
  oldText,
  put,
  reduce,
  singles,
  storage,
  streamFile,
  tensor,
  text,
  tuple,
  zip,
  zipFile,
  pickle,
  type Pickled,
} from './pth-file.js';

/** Written by PyTorch; make.py there says how. */
const folder = fileURLToPath(new URL('../../fixtures/weights/pth/', import.meta.url));

interface Expected {
  dtype: string;
  shape: number[];
  bits: number[];
}

function bitsOf({ dtype, shape, data }: WeightTensor): Expected {
  const bits = dtype === 'F16' ? data : new Uint32Array(data.buffer, data.byteOffset, data.length);
  return { dtype, shape, bits: [...bits] };
}

const refusal = (work: () => unknown): OsvosError => {
  try {
    work();
  } catch (error) {
    return error as OsvosError;
  }
  return expect.fail('was read');
};

describe('reading PyTorch files', () => {
  const forms = ['zip', 'stream'] as const;
  const files = ['types', 'views', 'checkpoint', 'protocol-4', 'parameters'].flatMap((name) =>
    forms.map((form) => `${name}-${form}.pth`),
  );
  for (const name of files) {
    it(`finds in ${name} bit for bit what PyTorch put there`, async () => {
      const expected = JSON.parse(await readFile(folder + 'expected.json', 'utf8')) as Record<
        string,
        Record<string, Expected>
      >;
      const { tensors, metadata } = await readWeightFile(folder + name);
      expect(Object.fromEntries([...tensors].map(([key, value]) => [key, bitsOf(value)]))).to.deep.equal(
        expected[name],
      );
      expect([...tensors.keys()]).to.deep.equal(Object.keys(expected[name]));
      expect(metadata).to.deep.equal({});
    });
  }

  it('leaves aside what it is told to, under the name without DataParallel’s prefix', async () => {
    const asked: string[] = [];
    const { tensors } = await readWeightFile(folder + 'checkpoint-zip.pth', {
      skip: (name) => asked.push(name) > 0 && name.startsWith('1.'),
    });
    expect([...tensors.keys()]).to.deep.equal(['0.weight', '0.bias']);
    expect(asked).to.deep.equal([
      '0.weight',
      '0.bias',
      ...['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].map((part) => `1.${part}`),
    ]);
  });

  const plain =
    'save the plain state dict with PyTorch, torch.save(model.state_dict(), "weights.pth"), and take that file';
  it('refuses a whole network and a program, and says what to save instead', async () => {
    const whole = await readWeightFile(folder + 'whole-network.pth').catch((error: OsvosError) => error);
    expect(whole).to.include({
      code: 'weights-unfit',
      exit: 4,
      remedy: plain,
      where: `${folder}whole-network.pth, whole-network/data.pkl`,
    });
    expect(whole).to.include({
      what: 'it asks for torch.nn.modules.linear.Linear, which weights do not need; nothing of it was run',
    });
    const program = await readWeightFile(folder + 'program.pt').catch((error: OsvosError) => error);
    expect(program).to.include({
      code: 'weights-unfit',
      what: 'it is a TorchScript program, not weights alone',
      where: folder + 'program.pt',
      remedy: plain,
    });
  });

  const one = { w: tensor(storage('0', 2), [2]) };
  const numbers = { '0': singles(3, 4) };
  const read = (value: Pickled, content = numbers as Record<string, Uint8Array>) =>
    Object.fromEntries(
      [...parsePth(zipFile(value, content), 'zip', 'a.pth').tensors].map(([name, { data }]) => [
        name,
        [...data],
      ]),
    );

  it('reads the texts, dictionaries and parameters of Python 2 and PyTorch before 0.4', () => {
    const first = reduce(
      named('torch._utils', '_rebuild_tensor'),
      storage('0', 2, 'FloatStorage', none),
      int(0),
      tuple(int(2)),
      tuple(int(1)),
    );
    // the part from number 1 on, one number long, under a key of its own
    const part = storage('0', 2, 'FloatStorage', tuple(oldText('7'), int(1), int(1)));
    const parameter = join(
      reduce(named('torch.nn.parameter', 'Parameter'), tensor(part, [1])),
      tuple(Buffer.of(0x88), Buffer.of(0x89), reduce(named('collections', 'OrderedDict'))),
      Buffer.from('b'),
    );
    const old = reduce(
      named('collections', 'OrderedDict'),
      list(list(oldText('a'), first), list(oldText('b'), parameter)),
    );
    const { tensors } = parsePth(streamFile(old, numbers), 'stream', 'a.pth');
    expect([...tensors].map(([name, { data }]) => [name, ...data])).to.deep.equal([
      ['a', 3, 4],
      ['b', 4],
    ]);
  });

  it('takes the network of a checkpoint where one only can be meant', () => {
    const other = dict({ v: tensor(storage('0', 2), [1]) });
    expect(read(dict({ epoch: int(3), anything: dict(one) }))).to.deep.equal({ w: [3, 4] });
    expect(read(dict({ ema: other, model: dict(one), best: tensor(storage('0', 2), [1]) }))).to.deep.equal({
      w: [3, 4],
    });
    const several = refusal(() => read(dict({ student: other, teacher: dict(one) })));
    expect(several.message).to.equal(
      'it holds several networks ("student", "teacher"), and which is meant is not clear: a.pth: ' +
        'save the one alone with PyTorch, such as torch.save(torch.load(FILE)["student"], "weights.pth")',
    );
    expect(refusal(() => read(dict({ model: other, state_dict: dict(one) }))).what).to.contain(
      'several networks ("model", "state_dict")',
    );
  });

  it('takes DataParallel’s prefix off only where all names have it', () => {
    expect(Object.keys(read(dict({ 'module.a': one.w, 'module.b': one.w })))).to.deep.equal(['a', 'b']);
    expect(Object.keys(read(dict({ 'module.a': one.w, b: one.w })))).to.deep.equal(['module.a', 'b']);
  });

  const none2: [string, Pickled, string][] = [
    ['a single tensor', one.w, 'it holds a tensor, not tensors by name'],
    ['a list', list(one.w), 'it holds a list, not tensors by name'],
    ['an empty dictionary', dict({}), 'it holds no state dict (it is empty)'],
    [
      'tensors and others',
      dict({ ...one, epoch: int(1) }),
      'it holds no state dict (these entries are no tensors: "epoch")',
    ],
    ['numbers for names', join(Buffer.from('}'), int(1), one.w, Buffer.from('s')), 'it holds no state dict'],
    [
      'a tuple for a name',
      join(Buffer.from('}'), tuple(), one.w, Buffer.from('s')),
      'a dictionary has a tuple for a key',
    ],
    ['a name of two lines', dict({ 'a\nb': one.w }), '"a?b" is no name of a tensor'],
    [
      'a name that turns the terminal’s colours',
      dict({ w: dict({ '\x9b31m': one.w }) }),
      '"?31m" is no name of a tensor',
    ],
    ['a name of a page', dict({ ['w'.repeat(501)]: one.w }), `"${'w'.repeat(100)}" is no name of a tensor`],
    [
      'whole numbers',
      dict({ w: tensor(storage('0', 1, 'LongStorage'), [1]) }),
      'numbers of type I64 are not read',
    ],
    [
      'complex numbers',
      dict({ w: tensor(storage('0', 1, 'ComplexFloatStorage'), [1]) }),
      'numbers of type C64 are not read',
    ],
    [
      'numbers of an unknown type',
      dict({ w: tensor(storage('0', 1, 'QInt8Storage'), [1]) }),
      'it asks for torch.QInt8Storage, which',
    ],
    [
      'numbers that are not there',
      dict({ w: tensor(storage('9', 2), [2]) }),
      'its numbers are missing (net/data/9)',
    ],
    [
      'more numbers than there are',
      dict({ w: tensor(storage('0', 3), [2]) }),
      'its storage has 8 bytes instead of 12',
    ],
    [
      'fewer numbers than there are',
      dict({ w: tensor(storage('0', 1), [1]) }),
      'its storage has 8 bytes instead of 4',
    ],
    [
      'a storage of two types',
      dict({ ...one, v: tensor(storage('0', 1, 'LongStorage'), [1]) }),
      'names storage 0 with two types or lengths',
    ],
    [
      'a storage of two lengths',
      dict({ ...one, v: tensor(storage('0', 1), [1]) }),
      'names storage 0 with two types or lengths',
    ],
    [
      'a part outside of its storage',
      dict({ w: tensor(storage('0', 2, 'FloatStorage', tuple(text('1'), int(1), int(2))), [1]) }),
      'a part of storage 0 that is not inside its 2 numbers',
    ],
  ];
  for (const [what, value, message] of none2) {
    it(`refuses ${what}`, () => {
      const error = refusal(() => read(value));
      expect(error).to.include({ name: 'OsvosError', code: 'weights-unfit', exit: 4 });
      expect(error.message).to.contain(message).and.to.contain('a.pth');
    });
  }

  it('names the tensor whose numbers are unfit', () => {
    const error = refusal(() => read(dict({ steps: tensor(storage('0', 1, 'LongStorage'), [1]) })));
    expect(error.message).to.equal(
      'numbers of type I64 are not read: a.pth, tensor steps: save it as F32 or F16, in PyTorch by .float()',
    );
  });

  it('keeps names that JavaScript has a meaning for', () => {
    expect(Object.keys(read(dict({ constructor: one.w, toString: one.w })))).to.deep.equal([
      'constructor',
      'toString',
    ]);
    const proto = parsePth(
      zipFile(join(Buffer.from('}'), text('__proto__'), one.w, Buffer.from('s')), numbers),
      'zip',
      'a',
    );
    expect([...proto.tensors.keys()]).to.deep.equal(['__proto__']);
  });

  it('reads a value that the pickle recalls, wherever it was kept', () => {
    expect(read(dict({ a: put(70000, one.w), b: get(70000) }))).to.deep.equal({ a: [3, 4], b: [3, 4] });
  });

  it('reads numbers of a big-endian machine no more than it must', () => {
    const members = [
      { name: 'x/data.pkl', content: pickle(dict(one)) },
      { name: 'x/data/0', content: numbers['0'] },
    ];
    const order = (value: string) => zip([...members, { name: 'x/byteorder', content: Buffer.from(value) }]);
    expect(parsePth(order('little'), 'zip', 'a').tensors.size).to.equal(1);
    expect(refusal(() => parsePth(order('big'), 'zip', 'a')).what).to.equal(
      'its numbers are in the byte order "big"',
    );
  });
});
