import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { asFloat32 } from '../../../src/weights/half.js';
import { readSafetensors, writeSafetensors } from '../../../src/weights/safetensors.js';
import { runOsvos } from '../run-osvos.js';

describe('osvos weights average', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), 'osvos-average-'))));

  async function write(name: string, values: number[], metadata = { architecture: 'a' }): Promise<string> {
    const file = path.join(folder, name);
    const data = Float32Array.from(values);
    await writeSafetensors(file, new Map([['x', { dtype: 'F32', shape: [values.length], data }]]), metadata);
    return file;
  }

  it('writes the mean of all, with the header that they share', async () => {
    const files = [await write('a', [1, -2]), await write('b', [2, 4]), await write('c', [3, 7])];
    const out = path.join(folder, 'mean.safetensors');
    const { exit, stdout } = await runOsvos('weights', 'average', ...files, '--out', out);
    expect(exit).to.equal(0);
    expect(stdout).to.match(/1 tensors, the mean of 3 networks/);
    const { tensors, metadata } = await readSafetensors(out);
    expect([...asFloat32(tensors.get('x')!)]).to.deep.equal([2, 3]);
    expect([tensors.get('x')!.dtype, metadata.architecture]).to.deep.equal(['F16', 'a']);
  });

  it('refuses networks that differ in form, a single one, and a file that is there', async () => {
    const [a, b] = [await write('one', [1, 2]), await write('two', [1, 2, 3])];
    const c = await write('three', [1, 2], { architecture: 'b' });
    const out = path.join(folder, 'none.safetensors');
    const shapes = await runOsvos('weights', 'average', a, b, '--out', out);
    expect([shapes.exit, shapes.stderr]).to.satisfy(
      ([exit, text]: [number, string]) =>
        exit === 4 && /1 tensors \(x, …\) differ from those of one: .*two/.test(text),
    );
    expect((await runOsvos('weights', 'average', a, c, '--out', out)).stderr).to.match(/headers differ/);
    expect((await runOsvos('weights', 'average', a, '--out', out)).exit).to.equal(2);
    expect((await runOsvos('weights', 'average', a, a, '--out', b)).exit).to.equal(2);
  });
});
