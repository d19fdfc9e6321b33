import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { readZip } from '../../../src/clips/exports/zip-reader.js';
import { createZip } from '../../../src/clips/exports/zip-writer.js';
import { failureOf, temporaryFolder } from '../test-pictures.js';
import { python, skipWithoutPython } from './python.js';

describe('a zip archive', () => {
  const folder = temporaryFolder();

  async function write(file: string, members: Iterable<[string, Uint8Array]>): Promise<string> {
    const zip = await createZip(file);
    for (const [name, content] of members) await zip.add(name, content);
    await zip.finish();
    return file;
  }

  async function readAll(file: string): Promise<[string, string][]> {
    const read: [string, string][] = [];
    for await (const { name, content } of readZip(file)) read.push([name, Buffer.from(content).toString()]);
    return read;
  }

  const members: [string, Uint8Array][] = [
    ['bear/00000.png', Buffer.from('one')],
    ['Ö 视频/00001.png', Buffer.alloc(100_000, 'x')],
    ['empty', new Uint8Array()],
  ];

  it('is read by Python’s zipfile, check sums, names and all', async function () {
    skipWithoutPython(this);
    const file = await write(folder.at('a.zip'), members);
    const said = python(
      `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
print(z.testzip())
for i in z.infolist(): print(i.filename, i.file_size, i.compress_type, oct(i.external_attr >> 16), z.read(i)[:3])`,
      file,
    );
    expect(said.split('\n')).to.deep.equal([
      'None',
      "bear/00000.png 3 0 0o100644 b'one'",
      "Ö 视频/00001.png 100000 0 0o100644 b'xxx'",
      "empty 0 0 0o100644 b''",
    ]);
  });

  it('holds more than 65535 members', async function () {
    this.timeout(60_000);
    const count = 65_600;
    const file = await write(
      folder.at('many.zip'),
      Array.from({ length: count }, (_, i) => [`v/${i}`, Buffer.of(i & 255)] as [string, Uint8Array]),
    );
    let read = 0;
    for await (const { name, content } of readZip(file)) {
      if (name !== `v/${read}` || content[0] !== (read & 255)) throw new Error(`member ${read} is ${name}`);
      read++;
    }
    expect(read).to.equal(count);
    skipWithoutPython(this);
    const code =
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(len(z.namelist()), z.read("v/65599"))';
    expect(python(code, file)).to.equal(`65600 b'?'`); // 65599 & 255 = 63
  });

  it('is the same, byte by byte, from the same members', async () => {
    const [a, b] = [await write(folder.at('a.zip'), members), await write(folder.at('b.zip'), members)];
    expect((await readFile(a)).equals(await readFile(b))).to.equal(true);
  });

  it('comes back as it was, and a damaged one is refused', async () => {
    const file = await write(folder.at('a.zip'), members);
    expect(await readAll(file)).to.deep.equal(
      members.map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
    );
    const bytes = await readFile(file);
    const flipped = Buffer.from(bytes);
    flipped[30 + 'bear/00000.png'.length]++; // first byte of the first member
    await writeFile(folder.at('flipped.zip'), flipped);
    expect((await failureOf(readAll(folder.at('flipped.zip')))).message).to.equal(
      'the check sum of bear/00000.png is wrong',
    );
    await writeFile(folder.at('cut.zip'), bytes.subarray(0, -30));
    expect((await failureOf(readAll(folder.at('cut.zip')))).message).to.equal('the archive has no end');
  });

  it('is unpacked by unzip, where that is installed', async function () {
    if (spawnSync('unzip', ['-v']).status !== 0) {
      console.log('      unzip not installed: left out');
      this.skip();
    }
    const file = await write(folder.at('a.zip'), members);
    const { status, stdout } = spawnSync('unzip', ['-t', file]);
    expect(stdout.toString()).to.contain('No errors detected');
    expect(status).to.equal(0);
  });
});
