import { expect } from 'chai';
import { OsvosError } from '../../../src/errors.js';
import { asFloat32 } from '../../../src/weights/half.js';
import { parseNpz } from '../../../src/weights/npz/npz.js';
import { singles, zip } from '../pth/pth-file.js';
import { npy, npz } from './npz-file.js';

/**
 * What NumPy 2.4 writes for `numpy.arange(6, dtype='<f4').reshape(2, 3) * 0.37 - 1` as other types and in both orders of
 * axes: the bytes behind the header.
 */
const saved: [descr: string, fortran: boolean, body: string][] = [
  ["'<f2'", false, '00bc0ab929b40a2fae37cd3a'],
  ["'<f2'", true, '00bc0a2f0ab9ae3729b4cd3a'],
  ["'>f2'", false, 'bc00b90ab4292f0a37ae3acd'],
  ["'>f2'", true, 'bc002f0ab90a37aeb4293acd'],
  ["'<f4'", false, '000080bfae4721bfb81e85beb047e13d90c2f53e9a99593f'],
  ["'<f4'", true, '000080bfb047e13dae4721bf90c2f53eb81e85be9a99593f'],
  ["'>f4'", false, 'bf800000bf2147aebe851eb83de147b03ef5c2903f59999a'],
  ["'>f4'", true, 'bf8000003de147b0bf2147ae3ef5c290be851eb83f59999a'],
  [
    "'<f8'",
    false,
    '000000000000f0bf000000c0f528e4bf00000000d7a3d0bf00000000f628bc3f0000000052b8de3f000000403333eb3f',
  ],
  [
    "'<f8'",
    true,
    '000000000000f0bf00000000f628bc3f000000c0f528e4bf0000000052b8de3f00000000d7a3d0bf000000403333eb3f',
  ],
  [
    "'>f8'",
    false,
    'bff0000000000000bfe428f5c0000000bfd0a3d7000000003fbc28f6000000003fdeb852000000003feb333340000000',
  ],
  [
    "'>f8'",
    true,
    'bff00000000000003fbc28f600000000bfe428f5c00000003fdeb85200000000bfd0a3d7000000003feb333340000000',
  ],
];
/** As NumPy prints them, in single precision, and rounded to half. */
const singlePrecision = [
  -1, -0.6299999952316284, -0.25999999046325684, 0.11000001430511475, 0.48000001907348633, 0.8500000238418579,
];
const halfPrecision = [-1, -0.6298828125, -0.260009765625, 0.1099853515625, 0.47998046875, 0.85009765625];

/** `numpy.savez_compressed(file, **{'a/b:0': numpy.float32([1.5])})`, all of it: sizes in the 64-bit fields. */
const wholeFile =
  '504b03042d00000008000000210054792e83ffffffffffffffff09001400612f623a302e6e707901001000840000000000000048000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a863a9a3a0ab50a14002e068603f600504b01022d032d00000008000000210054792e834800000084000000090000000000000000000000800100000000612f623a302e6e7079504b0506000000000100010037000000830000000000';

const read = (content: Uint8Array) => parseNpz(content, 'a.npz').tensors;
const one = { descr: "'<f4'", shape: '(1,)', body: singles(7) };

function refusal(content: Uint8Array): OsvosError {
  try {
    read(content);
  } catch (error) {
    expect(error).to.be.instanceOf(OsvosError).and.to.include({ code: 'weights-unfit', exit: 4 });
    return error as OsvosError;
  }
  return expect.fail('was read');
}

describe('NumPy’s archives', () => {
  for (const [descr, fortran, body] of saved) {
    for (const deflated of [false, true]) {
      it(`give NumPy’s numbers row by row: ${descr}, ${fortran ? 'first' : 'last'} axis fastest, ${deflated ? 'deflated' : 'stored'}`, () => {
        const array = npy({ descr, fortran, shape: '(2, 3)', body: Buffer.from(body, 'hex') });
        const tensor = read(npz({ t: array }, { deflated })).get('t')!;
        const half = descr.includes('f2');
        expect(tensor).to.deep.include({ dtype: half ? 'F16' : 'F32', shape: [2, 3] });
        expect([...asFloat32(tensor)]).to.deep.equal(half ? halfPrecision : singlePrecision);
      });
    }
  }

  it('are read as NumPy packs them', () => {
    expect([...read(Buffer.from(wholeFile, 'hex'))]).to.deep.equal([
      ['a/b:0', { dtype: 'F32', shape: [1], data: Float32Array.of(1.5) }],
    ]);
  });

  it('hold numbers without axes, arrays without numbers, and several arrays in the file’s order', () => {
    const tensors = read(
      npz({
        scalar: npy({ body: singles(2.5) }),
        empty: npy({ shape: '(3, 0, 9007199254740991)' }),
        // Fortran’s order of four axes: the first counts fastest
        kernel: npy({ fortran: true, shape: '(1, 2, 1, 3)', body: singles(0, 10, 1, 11, 2, 12) }),
      }),
    );
    expect([...tensors]).to.deep.equal([
      ['scalar', { dtype: 'F32', shape: [], data: Float32Array.of(2.5) }],
      ['empty', { dtype: 'F32', shape: [3, 0, 9007199254740991], data: new Float32Array(0) }],
      ['kernel', { dtype: 'F32', shape: [1, 2, 1, 3], data: Float32Array.of(0, 1, 2, 10, 11, 12) }],
    ]);
  });

  it('are read in the later versions of the format, and as Python 2 wrote sizes', () => {
    for (const array of [
      { ...one, version: 2 },
      { ...one, version: 3 },
      { ...one, shape: '(1L,)' },
    ]) {
      expect([...read(npz({ t: npy(array) })).get('t')!.data]).to.deep.equal([7]);
    }
  });

  it('round double precision to the nearest single', () => {
    // 0.1 is 0x3fb999999999999a, and 0x3dcccccd in single precision
    const body = Buffer.from('9a9999999999b93f', 'hex');
    const { data } = read(npz({ t: npy({ descr: "'<f8'", body }) })).get('t')!;
    expect(Buffer.from(data.buffer).toString('hex')).to.equal('cdcccc3d');
  });

  it('leave aside what they are told to, whatever its type', () => {
    const steps = npy({ descr: "'<i8'", body: Buffer.alloc(8) });
    const { tensors } = parseNpz(npz({ steps, t: npy(one) }), 'a.npz', { skip: (name) => name === 'steps' });
    expect([...tensors.keys()]).to.deep.equal(['t']);
  });

  const objects = Buffer.from('80049500000000', 'hex');
  const bad: [string, Uint8Array, string][] = [
    [
      'pickled objects',
      npy({ descr: "'|O'", shape: '(1,)', body: objects }),
      'it holds pickled Python objects, which are never loaded',
    ],
    ['whole numbers', npy({ descr: "'<i8'", body: Buffer.alloc(8) }), 'numbers of type i8 are not read'],
    ['truth values', npy({ descr: "'|b1'", body: Buffer.alloc(1) }), "numbers of type '|b1' are not read"],
    [
      'records',
      npy({ descr: "[('a', '<f4'), ('b', '<f4')]", body: singles(1, 2) }),
      "numbers of type [('a', '<f4'), ('b', '<f4')] are not read",
    ],
    [
      'quadruple precision',
      npy({ descr: "'<f16'", body: Buffer.alloc(16) }),
      'numbers of type f16 are not read',
    ],
    ['no array', Buffer.from('GIF89a is a picture'), 'it is no array of NumPy'],
    ['nothing', Buffer.alloc(0), 'it is no array of NumPy'],
    ['a later format', npy({ version: 4 }), 'arrays of NumPy’s format 4.0 are not known'],
    ['no length', npy().subarray(0, 9), 'the array’s header is cut off'],
    ['half a header', npy().subarray(0, 60), 'the array’s header is cut off'],
    [
      'a header without end',
      npy({ version: 2, header: ' '.repeat(20_000) }),
      'the array’s header has 20020 bytes, more than NumPy reads',
    ],
    ['numbers that are cut off', npy({ shape: '(2,)', body: singles(1) }), '[2] needs 8 bytes and has 4'],
    ['too many numbers', npy({ shape: '(1,)', body: singles(1, 2) }), '[1] needs 4 bytes and has 8'],
    [
      'sizes that no file can have',
      npy({ shape: '(9007199254740991, 9007199254740991)', body: singles(1) }),
      'bytes and has 4',
    ],
  ];
  for (const [what, array, message] of bad) {
    it(`with ${what} are refused, naming file and array`, () => {
      const error = refusal(npz({ t: array }));
      expect(error.what).to.contain(message);
      expect(error.where).to.equal('a.npz, array t');
      expect(error.remedy).to.match(/float32|copy or download/);
    });
  }

  const headers = [
    '',
    'None',
    '{}',
    "{'descr': '<f4', 'fortran_order': False}",
    "{'descr': '<f4', 'shape': (), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'shape': (), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 1, }",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (), }",
    "{'descr': '<f4', 'fortran_order': (), 'shape': False, }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,,2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740992,), }",
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${'1, '.repeat(33)}), }`,
    "{'descr': '<f4', 'fortran_order': False, 'shape': (__import__('os').system('id'),), }",
  ];
  it('with headers that NumPy does not write are refused', () => {
    for (const header of headers) {
      const error = refusal(npz({ t: npy({ header, body: singles(1) }) }));
      expect(error.what, header).to.match(/^the array’s header is none of NumPy’s/);
    }
  });

  it('with members that are no arrays are refused', () => {
    const archive = zip([{ name: 'readme.txt', content: npy(one) }]);
    expect(refusal(archive).message).to.equal(
      'readme.txt is no array: a.npz: save the arrays alone with numpy.savez',
    );
  });

  it('do not give out far more than they hold', () => {
    // zeros pack a thousandfold: three times 30 MB in 90 KB
    const zeros = npy({ shape: '(7864320,)', body: new Uint8Array(30 * 2 ** 20) });
    const archive = npz({ a: zeros, b: zeros, c: zeros }, { deflated: true });
    expect(archive.length).to.be.below(100_000);
    expect(refusal(archive).message).to.contain('it unpacks to far more than the file holds: a.npz, c.npy');
  });
});
