import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { readAttributes } from '../../src/clips/davis-attributes.js';

describe('attributes of sequences', () => {
  let root: string;
  beforeEach(async () => (root = await mkdtemp(path.join(tmpdir(), 'osvos-attributes-'))));
  const write = (text: string) => writeFile(path.join(root, 'db_info.yaml'), text);

  it('are read as the data set has them', async () => {
    await write(
      'sets: [val]\nsequences:\n- name: dog\n  attributes: [OCC, FM]\n- name: cat\n  attributes: []\n- {}\n',
    );
    expect([...(await readAttributes(root))]).to.deep.equal([
      ['dog', ['OCC', 'FM']],
      ['cat', []],
    ]);
  });

  it('are none where there is no such file, or no list in it', async () => {
    expect([...(await readAttributes(root))]).to.deep.equal([]);
    await write('sequences: 3\n');
    expect([...(await readAttributes(root))]).to.deep.equal([]);
  });

  it('are an error that names the file where it is broken', async () => {
    await write('sequences: [\n- name: "');
    const error: unknown = await readAttributes(root).catch((failure: unknown) => failure);
    expect(error).to.have.property('message').that.contains('db_info.yaml: mend the file');
    expect(error).to.have.property('exit', 3);
  });
});
