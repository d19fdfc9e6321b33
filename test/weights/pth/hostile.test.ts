/** Files that are damaged, lie, or were made to do harm: each is refused in an error that says so, soon. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { OsvosError } from '../../../src/errors.js';
import { parsePth } from '../../../src/weights/pth/pth.js';
import type { WeightFile } from '../../../src/weights/weights.js';
import {
  dict,
  get,
  int,
  join,
  list,
  mark,
  named,
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

const folder = fileURLToPath(new URL('../../fixtures/weights/pth/', import.meta.url));
const forms = ['zip', 'stream'] as const;
/** Of the processor, for one file. */
const SECONDS = 2;

/** What reading comes to; any error but ours fails the test. */
function read(content: Uint8Array, form: 'zip' | 'stream'): WeightFile | OsvosError {
  const from = process.cpuUsage();
  try {
    return parsePth(content, form, 'evil.pth');
  } catch (error) {
    if (!(error instanceof OsvosError)) throw error;
    expect(error).to.include({ code: 'weights-unfit', exit: 4 });
    expect(error.where).to.match(/^evil\.pth/);
    expect(error.remedy, error.message).to.match(/save|copy or download/);
    expect(error.what.length).to.be.lessThan(700);
    return error;
  } finally {
    const { user, system } = process.cpuUsage(from);
    expect((user + system) / 1e6).to.be.lessThan(SECONDS);
  }
}

function refusal(content: Uint8Array, form: 'zip' | 'stream'): OsvosError {
  const outcome = read(content, form);
  return outcome instanceof OsvosError ? outcome : expect.fail('was read');
}

const numbers = { '0': singles(1, 2, 3, 4) };
const good = { w: tensor(storage('0', 4), [4]) };
const op = (code: string | number) =>
  typeof code === 'string' ? Buffer.from(code, 'latin1') : Buffer.of(code);
const repeat = (count: number, part: Pickled) => Buffer.concat(new Array<Pickled>(count).fill(part));

describe('PyTorch files that do harm', () => {
  const system = named('os', 'system');
  const programs: [string, Pickled, string][] = [
    ['calls a program', reduce(system, text('touch /tmp/owned')), 'os.system'],
    ['calls a program under its other name', reduce(named('posix', 'system'), text('id')), 'posix.system'],
    ['evaluates a text', reduce(named('builtins', 'eval'), text('1')), 'builtins.eval'],
    [
      'evaluates a text as Python 2 does',
      reduce(named('__builtin__', 'eval'), text('1')),
      '__builtin__.eval',
    ],
    [
      'names a program in the way of protocol 4',
      join(text('os'), text('system'), op(0x93), tuple(text('id')), op('R')),
      'os.system',
    ],
    [
      'hides a name behind a point',
      reduce(named('torch', '_utils._rebuild_tensor_v2.__globals__')),
      'torch._utils._rebuild_tensor_v2.__globals__',
    ],
    [
      'makes an object of a class',
      join(named('subprocess', 'Popen'), tuple(text('id')), op(0x81)),
      'subprocess.Popen',
    ],
    ['sets the state of a class', join(named('os', 'environ'), dict({}), op('b')), 'os.environ'],
    [
      'fetches attributes',
      reduce(named('builtins', 'getattr'), named('os', 'path'), text('system')),
      'builtins.getattr',
    ],
    ['names what JavaScript has', reduce(named('', 'constructor')), '.constructor'],
    [
      'loads another file',
      reduce(named('torch.serialization', 'load'), text('b.pth')),
      'torch.serialization.load',
    ],
  ];
  for (const [what, value, name] of programs) {
    it(`refuses one that ${what}, alone or beside good weights`, () => {
      const expected = `it asks for ${name}, which weights do not need; nothing of it was run`;
      for (const content of [
        value,
        dict({ ...good, x: value }),
        dict({ state_dict: dict(good), x: list(value) }),
      ]) {
        expect(refusal(zipFile(content, numbers), 'zip').what).to.equal(expected);
        expect(refusal(streamFile(content, numbers), 'stream').what).to.equal(expected);
      }
    });
  }

  const instructions = [
    'i',
    'o',
    'd',
    'l',
    'p0\n',
    'g0\n',
    'P0\n',
    'S"a"\n',
    'I1\n',
    'F1\n',
    'L1L\n',
    'V1\n',
    '0',
    '1',
    '2',
    0x82,
    0x83,
    0x84,
    0x8b,
    0x8d,
    0x8e,
    0x8f,
    0x90,
    0x91,
    0x92,
    0x96,
    0x97,
    0x98,
    'B',
    'C',
    0xff,
    0,
  ];
  it('refuses all instructions that PyTorch does not write', () => {
    for (const code of instructions) {
      const first = op(code)[0].toString(16).padStart(2, '0');
      expect(refusal(zipFile(join(dict({}), op(code))), 'zip').what).to.match(
        new RegExp(`^its pickle has the instruction 0x${first} at byte 5`),
      );
    }
  });

  it('does not show control characters of a name', () => {
    const { what } = refusal(zipFile(named('os\x1b[2J', 'x'.repeat(240))), 'zip');
    expect(what).to.match(/^it asks for os\?\[2J\.x{93}, which/);
  });

  const misuses: [string, Pickled, string][] = [
    ['calls what is no function', join(text('f'), tuple(), op('R')), 'the pickle calls a text with a tuple'],
    [
      'calls a storage',
      reduce(named('torch', 'FloatStorage')),
      'the pickle calls torch.FloatStorage with a tuple',
    ],
    [
      'calls without arguments',
      join(named('torch', 'Size'), op('N'), op('R')),
      'the pickle calls torch.Size with None',
    ],
    [
      'makes a size of a number',
      reduce(named('torch', 'Size'), int(3)),
      'the pickle makes a size of a number',
    ],
    [
      'makes a tensor of nothing',
      reduce(named('torch._utils', '_rebuild_tensor_v2')),
      'the pickle makes a tensor of nothing',
    ],
    [
      'makes a parameter of a text',
      reduce(named('torch._utils', '_rebuild_parameter'), text('w')),
      'the pickle makes a parameter of a text',
    ],
    [
      'refers to a text',
      join(text('0'), op('Q')),
      'the pickle refers to a text that is no storage of PyTorch',
    ],
    [
      'refers to a storage by number',
      join(tuple(text('storage'), named('torch', 'FloatStorage'), int(0), text('cpu'), int(1)), op('Q')),
      'a tuple that is no storage',
    ],
    [
      'refers to a storage by more than a line',
      dict({ w: tensor(storage('0\u001b[2J', 4), [1]) }),
      'a tuple that is no storage',
    ],
    [
      'refers to a storage of negative length',
      dict({ w: tensor(storage('0', -4), [1]) }),
      'a tuple that is no storage',
    ],
    [
      'refers to a network’s program',
      join(tuple(text('module'), text('N'), text('n.py'), text('')), op('Q')),
      'it holds a whole network with its program',
    ],
    [
      'sets the state of a tensor as of a dictionary',
      dict({ w: join(good.w, dict({}), op('b')) }),
      'sets a dict as the state of a tensor',
    ],
    [
      'makes a dictionary of a number',
      reduce(named('collections', 'OrderedDict'), int(3)),
      'the pickle makes a dictionary of a number',
    ],
    [
      'makes a dictionary of single values',
      reduce(named('collections', 'OrderedDict'), list(text('ab'))),
      'the pickle makes a dictionary of a text',
    ],
    ['appends to a text', join(text('a'), text('b'), op('a')), 'the pickle appends to a text'],
    [
      'has a whole number of a hundred bytes',
      join(op(0x8a), op(100), Buffer.alloc(100, 1)),
      'the pickle has a whole number of 100 bytes',
    ],
    [
      'sets entries of a list',
      join(list(), text('a'), text('b'), op('s')),
      'the pickle sets entries of a list',
    ],
    [
      'sets a key without value',
      join(op('}'), mark, text('a'), op('u')),
      'the pickle sets entries of a dict',
    ],
    ['takes more than it has', op('a'), 'the pickle takes a value that it has not put down'],
    [
      'takes from behind a mark',
      join(text('a'), mark, op(0x85)),
      'the pickle takes a value that it has not put down',
    ],
    ['goes back without a mark', op('t'), 'the pickle goes back to a mark that it has not set'],
    [
      'recalls what it has not kept',
      get(4000000000),
      'the pickle recalls value 4000000000 that it has not kept',
    ],
    ['ends with two values', join(text('a'), text('b')), 'the pickle ends with more than one value'],
    ['ends with none', join(), 'the pickle takes a value that it has not put down'],
    ['has texts that are none', join(op('X'), op('\x02\0\0\0\xff\xfe')), 'a text in the pickle is no UTF-8'],
    ['has a text longer than itself', join(op('X'), op('\xff\xff\xff\xff')), 'the pickle ends in the middle'],
    ['has a name without end', join(op('c'), op('x'.repeat(300))), 'a name in the pickle has no end'],
    ['is of a later protocol', join(op(0x80), op(6), dict(good)), 'pickles of protocol 6 are not known'],
  ];
  for (const [what, value, message] of misuses) {
    it(`refuses one that ${what}`, () => {
      expect(refusal(zipFile(value, numbers), 'zip').what).to.contain(message);
      expect(refusal(streamFile(value, numbers), 'stream').what).to.contain(message);
    });
  }

  const huge = 2 ** 31 - 1;
  const shapes: [string, Pickled, string][] = [
    ['a negative size', tensor(storage('0', 4), [-1]), 'sizes, strides and offset are no counts'],
    ['a negative stride', tensor(storage('0', 4), [2], [-1], 3), 'sizes, strides and offset are no counts'],
    ['a negative offset', tensor(storage('0', 4), [2], [1], -1), 'sizes, strides and offset are no counts'],
    [
      'a size beyond 2⁵³',
      tensor(storage('0', 4), [2n ** 60n], [0]),
      'sizes, strides and offset are no counts',
    ],
    [
      'fewer strides than sizes',
      tensor(storage('0', 4), [2, 2], [1]),
      'sizes, strides and offset are no counts',
    ],
    [
      '33 axes',
      tensor(storage('0', 4), new Array<number>(33).fill(1)),
      'sizes, strides and offset are no counts',
    ],
    ['a size beyond its storage', tensor(storage('0', 4), [5]), '[5] reaches number 4 of a storage of 4'],
    [
      'an offset beyond its storage',
      tensor(storage('0', 4), [1], [1], 4),
      '[1] reaches number 4 of a storage of 4',
    ],
    [
      'an offset beyond all storages',
      tensor(storage('0', 4), [], [], 2 ** 53 - 1),
      '[] reaches number 9007199254740991 of',
    ],
    [
      'a stride beyond its storage',
      tensor(storage('0', 4), [2, 2], [4, 1]),
      '[2, 2] reaches number 5 of a storage of 4',
    ],
    ['a huge stride', tensor(storage('0', 4), [2], [2 ** 53 - 1]), 'of a storage of 4'],
    [
      'huge sizes and strides',
      tensor(storage('0', 4), [huge, huge, huge], [2 ** 53 - 1, 2 ** 53 - 1, 2 ** 53 - 1]),
      'of a storage of 4',
    ],
    [
      'one number repeated 2³¹ times',
      tensor(storage('0', 4), [huge], [0]),
      'is far larger than what the file holds',
    ],
    [
      'one number repeated more often than can be counted',
      tensor(storage('0', 4), new Array<number>(32).fill(2 ** 53 - 1), new Array<number>(32).fill(0)),
      'is far larger than what the file holds',
    ],
    ['a storage far larger than the file', tensor(storage('0', 2 ** 50), [2]), 'instead of'],
  ];
  for (const [what, value, message] of shapes) {
    it(`refuses ${what}, before it takes any memory`, () => {
      const state = dict({ w: value });
      for (const error of [
        refusal(zipFile(state, numbers), 'zip'),
        refusal(streamFile(state, numbers), 'stream'),
      ]) {
        expect(error.what).to.contain(message);
      }
    });
  }

  it('reads tensors without numbers, however large their other sizes are', () => {
    const state = dict({
      w: tensor(
        storage('0', 4),
        [...new Array<number>(31).fill(2 ** 53 - 1), 0],
        new Array<number>(32).fill(1),
      ),
    });
    const outcome = read(zipFile(state, numbers), 'zip') as WeightFile;
    expect(outcome.tensors.get('w')!.data).to.have.length(0);
  });

  it('does not unfold a billion laughs', () => {
    let laughs = put(0, list(text('lol')));
    for (let i = 1; i < 60; i++)
      laughs = join(laughs, put(i, list(...new Array<Pickled>(10).fill(get(i - 1)))));
    // the lists below are dropped in a tuple: what is left is the last
    expect(refusal(zipFile(join(mark, laughs, op('t'))), 'zip').what).to.equal(
      'it holds a tuple, not tensors by name',
    );
    const beside = dict({ state_dict: dict(good), laughs: join(mark, laughs, op('t')) });
    expect((read(zipFile(beside, numbers), 'zip') as WeightFile).tensors.size).to.equal(1);
  });

  it('does not follow a list that holds itself', () => {
    const itself = join(put(0, list()), get(0), op('a'));
    expect(refusal(zipFile(itself), 'zip').what).to.equal('it holds a list, not tensors by name');
    expect(refusal(zipFile(dict({ a: itself })), 'zip').what).to.equal(
      'it holds no state dict (these entries are no tensors: "a")',
    );
  });

  it('does not copy a list to dictionaries without end', () => {
    const pairs = list(...Array.from({ length: 2000 }, (_, i) => tuple(text(`k${i}`), op('N'))));
    const copies = repeat(5000, join(named('collections', 'OrderedDict'), get(0), op('R')));
    const bomb = join(mark, put(0, join(pairs, op(0x85))), copies, op('t'));
    expect(refusal(zipFile(bomb), 'zip').what).to.equal(
      'its dictionaries would have more than 1000000 entries',
    );
  });

  it('does not look at one dictionary again and again', () => {
    const large = put(
      0,
      dict(
        Object.fromEntries(
          Array.from({ length: 20000 }, (_, i) => [`k${i}`, i === 0 ? put(1, good.w) : get(1)]),
        ),
      ),
    );
    const keys = Array.from({ length: 20000 }, (_, i) => join(int(i), get(0)));
    const outcome = read(
      zipFile(join(op('}'), mark, text('a'), large, ...keys, op('u')), numbers),
      'zip',
    ) as WeightFile;
    expect(outcome.tensors.size).to.equal(20000);
  });

  it('does not read long sizes again and again', () => {
    const sizes = put(0, tuple(repeat(100000, op('K\x01'))));
    const calls = repeat(
      20000,
      join(
        named('torch._utils', '_rebuild_tensor'),
        mark,
        storage('0', 4),
        int(0),
        get(0),
        get(0),
        op('t'),
        op('R'),
      ),
    );
    expect(refusal(zipFile(join(mark, sizes, calls, op('t')), numbers), 'zip').what).to.contain(
      'sizes, strides and offset are no counts',
    );
  });

  it('does not give out one storage a thousand times', () => {
    const numbers = { '0': new Uint8Array(2 ** 20) };
    const whole = tensor(storage('0', 2 ** 18), [2 ** 18]);
    const state = dict(
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`t${i}`, i === 0 ? put(9, whole) : get(9)])),
    );
    for (const form of forms) {
      const file = form === 'zip' ? zipFile(state, numbers) : streamFile(state, numbers);
      expect(refusal(file, form).what).to.equal('[262144] is far larger than what the file holds');
    }
  });

  it('stops at a million steps', () => {
    expect(refusal(zipFile(join(mark, repeat(1_100_000, op('}')), op('t'))), 'zip').what).to.equal(
      'its pickle has more than 1000000 steps',
    );
  });

  it('stops at marks 200 deep', () => {
    expect(refusal(zipFile(join(repeat(201, mark), text('a'), repeat(201, op('t')))), 'zip').what).to.equal(
      'its pickle is nested more than 200 deep',
    );
    // tuples in tuples need no marks, and no depth here
    expect(refusal(zipFile(join(text('a'), repeat(300_000, op(0x85)))), 'zip').what).to.equal(
      'it holds a tuple, not tensors by name',
    );
  });

  it('refuses an archive of many lies', () => {
    const content = singles(0);
    const members = Array.from({ length: 20000 }, (_, i) => ({
      name: `net/data/${i}`,
      content,
      bytes: 2 ** 40,
      wide: true,
    }));
    const archive = zip(
      [
        { name: 'net/data.pkl', content: pickle(dict({ w: tensor(storage('5', 2 ** 38), [2 ** 38]) })) },
        ...members,
      ],
      { wide: true },
    );
    expect(refusal(archive, 'zip').what).to.equal('[274877906944] is far larger than what the file holds');
    const small = zip(
      [
        { name: 'net/data.pkl', content: pickle(dict({ w: tensor(storage('5', 2 ** 38), [1]) })) },
        ...members,
      ],
      { wide: true },
    );
    expect(refusal(small, 'zip').what).to.equal(`4 bytes instead of ${2 ** 40}`);
  });

  it('refuses archives without one data.pkl in a folder, and bytes behind the pickle', () => {
    const member = { name: 'a/data.pkl', content: pickle(dict(good)) };
    expect(refusal(zip([{ ...member, name: 'data.pkl' }]), 'zip').what).to.equal(
      'the archive has no data.pkl: PyTorch did not write it',
    );
    expect(refusal(zip([member, { ...member, name: 'b/data.pkl' }]), 'zip').what).to.contain(
      'the archive has 2 data.pkl',
    );
    expect(
      refusal(zip([{ name: 'a/data.pkl', content: Buffer.concat([member.content, Buffer.of(0)]) }]), 'zip')
        .what,
    ).to.equal('bytes follow after the end of the pickle');
  });

  it('refuses streams whose parts do not fit together', () => {
    const whole = streamFile(dict(good), numbers);
    const at = (part: string) => whole.indexOf(part, 0, 'latin1');
    const changed = (offset: number, value: number) => {
      const copy = Buffer.from(whole);
      copy[offset] = value;
      return refusal(copy, 'stream').what;
    };
    expect(changed(5, 0)).to.equal('a pickle, but not one of PyTorch’s');
    expect(changed(at('J\xe9\x03') + 1, 0)).to.equal(
      'PyTorch’s protocol of such files is 1001, this is a number',
    );
    expect(changed(at('little_endian') + 13, 0x89)).to.equal('its numbers are not said to be little-endian');
    expect(changed(whole.length - 24, 5)).to.equal('it has 5 numbers instead of 4');
    expect(changed(whole.length - 17, 0xff)).to.match(/^it has -\d+ numbers instead of 4$/);
    expect(changed(whole.lastIndexOf('X\x01\0\0\x000', undefined, 'latin1') + 5, 0x31)).to.equal(
      'the list of its storages does not fit to its tensors',
    );
    expect(refusal(whole.subarray(0, -1), 'stream').what).to.equal('the file ends after 15 of its 16 bytes');
    expect(refusal(whole.subarray(0, -20), 'stream').what).to.equal('the file ends before its numbers');
    expect(refusal(Buffer.concat([whole, Buffer.of(1, 2)]), 'stream').what).to.equal(
      '2 bytes after the last storage belong to none',
    );
    expect(refusal(streamFile(dict(good)), 'stream').message).to.contain(
      'its numbers are missing (storage 0): evil.pth, tensor w',
    );
  });

  for (const form of forms) {
    it(`refuses a ${form} file cut off anywhere`, async () => {
      for (const name of ['types', 'checkpoint']) {
        const content = await readFile(`${folder}${name}-${form}.pth`);
        for (let length = 0; length < content.length; length += 97)
          refusal(content.subarray(0, length), form);
        refusal(content.subarray(0, -1), form);
      }
    });
  }
});
