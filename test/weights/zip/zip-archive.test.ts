import { expect } from 'chai';
import type { OsvosError } from '../../../src/errors.js';
import { openZip } from '../../../src/weights/zip/zip-archive.js';
import { zip } from '../pth/pth-file.js';

describe('zip archives', () => {
  const content = Buffer.from('some weights, some weights');
  const simple = { name: 'a/b', content };

  const refusal = (archive: Buffer, read = true): string => {
    try {
      const opened = openZip(archive, 'x.pth');
      if (read) opened.read('a/b');
    } catch (error) {
      expect(error).to.include({ name: 'OsvosError', code: 'weights-unfit', exit: 4 });
      return (error as OsvosError).message;
    }
    return expect.fail('was read');
  };

  it('gives stored and deflated members, 64-bit tables, and comments', () => {
    for (const deflated of [false, true]) {
      for (const wide of [false, true]) {
        for (const comment of ['', 'PK\x05\x06 is no end', 'c'.repeat(65535)]) {
          const other = { name: 'ä', content: new Uint8Array(0), wide };
          const archive = openZip(zip([{ ...simple, deflated, wide }, other], { wide, comment }), 'x');
          expect(archive.names()).to.deep.equal(['a/b', 'ä']);
          expect(archive.bytesOf('a/b')).to.equal(26);
          expect(archive.bytesOf('a')).to.equal(undefined);
          expect(Buffer.from(archive.read('a/b'))).to.deep.equal(content);
          expect(archive.read('ä')).to.have.length(0);
        }
      }
    }
  });

  it('takes a check sum of 0 for one that was left out', () => {
    expect(openZip(zip([{ ...simple, crc: 0 }]), 'x').read('a/b')).to.have.length(26);
  });

  const table = 'the archive’s table of contents contradicts itself: x.pth: copy or download the file again';
  const elsewhere = 'it is not where the archive’s table of contents says: x.pth, a/b';
  const bad: [string, Buffer, string][] = [
    [
      'an archive without an end',
      zip([simple]).subarray(0, -1),
      'the archive’s table of contents is missing: the file is cut off: x.pth',
    ],
    ['an archive without a beginning', zip([simple]).subarray(1), table],
    [
      'bytes between table and end',
      Buffer.concat([zip([simple]).subarray(0, -22), Buffer.alloc(1), zip([simple]).subarray(-22)]),
      table,
    ],
    [
      'a wrong check sum',
      zip([{ ...simple, crc: 1 }]),
      'its check sum is wrong: x.pth, a/b: copy or download',
    ],
    [
      'a wrong check sum after unpacking',
      zip([{ ...simple, deflated: true, crc: 1 }]),
      'its check sum is wrong',
    ],
    ['another length than it says', zip([{ ...simple, bytes: 25 }]), '26 bytes instead of 25: x.pth, a/b'],
    [
      'more after unpacking than it says',
      zip([{ ...simple, deflated: true, bytes: 25 }]),
      'it cannot be unpacked (',
    ],
    [
      'less after unpacking than it says',
      zip([{ ...simple, deflated: true, bytes: 27 }]),
      '26 bytes instead of 27',
    ],
    ['packed bytes that are none', zip([{ ...simple, method: 8 }]), 'it cannot be unpacked ('],
    ['packed bytes that go on behind the file', zip([{ ...simple, packed: 1000, bytes: 1000 }]), elsewhere],
    ['a place behind the file', zip([{ ...simple, header: 1000 }]), elsewhere],
    ['a place beyond all numbers', zip([{ ...simple, header: 2 ** 60, wide: true }]), elsewhere],
    [
      'a place where another member is',
      zip([
        { name: 'c/d', content },
        { ...simple, header: 0 },
      ]),
      elsewhere,
    ],
    ['two members of one name', zip([simple, simple]), 'the archive has two members named a/b'],
    [
      'a name that would move the cursor',
      zip([{ ...simple, name: 'a\u001b[2J' }]),
      '"a?[2J" is no name of an archive’s member: x.pth',
    ],
    ['a name without end', zip([{ ...simple, name: 'a'.repeat(501) }]), 'is no name of an archive’s member'],
    [
      'an encrypted member',
      zip([{ ...simple, flags: 1 }]),
      'member a/b of the archive is encrypted, which is not read',
    ],
    [
      'another way of packing',
      zip([{ ...simple, method: 12 }]),
      'member a/b of the archive is packed by method 12',
    ],
    [
      'a member that unpacks without end',
      zip([{ ...simple, deflated: true, bytes: 2 ** 31 }]),
      'it unpacks to far more than the file holds',
    ],
    ['a file without the member', zip([{ name: 'c', content }]), 'the archive lacks a/b'],
  ];
  for (const [what, archive, message] of bad) {
    it(`refuses ${what}`, () => expect(refusal(archive)).to.contain(message));
  }

  it('refuses a count of members that the table does not have', () => {
    for (const count of [0, 2, 0xffff]) {
      const archive = zip([simple]);
      archive.writeUInt16LE(count, archive.length - 12);
      expect(refusal(archive, false)).to.equal(table);
    }
    const wide = zip([simple], { wide: true });
    wide.writeBigUInt64LE(2n ** 63n, wide.length - 22 - 20 - 56 + 32);
    expect(refusal(wide, false)).to.equal(table);
  });

  it('refuses 64-bit sizes that are missing', () => {
    const archive = zip([simple]);
    archive.writeUInt32LE(0xffffffff, archive.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 24);
    expect(refusal(archive, false)).to.equal(table);
  });

  it('unpacks no more in all than the file’s size allows, however often it is asked', () => {
    const zeros = new Uint8Array(30 * 2 ** 20);
    const archive = openZip(zip([{ name: 'a', content: zeros, deflated: true }]), 'x');
    expect(archive.read('a')).to.have.length(zeros.length);
    expect(archive.read('a')).to.have.length(zeros.length);
    expect(() => archive.read('a')).to.throw('it unpacks to far more than the file holds: x, a');
  });
});
