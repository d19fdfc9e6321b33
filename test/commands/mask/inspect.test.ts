import { encode } from 'fast-png';
import { expect } from 'chai';
import { encodeIndexedPng } from '../../../src/clips/indexed-png.js';
import { save, temporaryFolder } from '../../clips/test-pictures.js';
import { runOsvos } from '../run-osvos.js';

describe('osvos mask inspect', () => {
  const folder = temporaryFolder();

  it('explains an indexed PNG', async () => {
    const data = Uint8Array.from([0, 0, 0, 0, 1, 1, 3, 255]);
    const file = await save(folder.at('first.png'), encodeIndexedPng({ width: 4, height: 2, data }));
    const { exit, stdout, stderr } = await runOsvos('mask', 'inspect', file);
    expect(stdout).to.equal(`${file}: PNG, 4×2, palette with 256 colours, 8 bits, 4 different values
index  pixels
0           4
1           2
3           1
255         1
read as: indexed PNG, objects 1, 3
255 means "ignore": 1 pixels count for nothing
object 1: 2 pixels, 25.0 % of the frame
object 3: 1 pixels, 12.5 % of the frame
`);
    expect([exit, stderr]).to.deep.equal([0, '']);
  });

  it('explains why a mask would be refused, and what to do', async () => {
    const data = Uint8Array.from({ length: 900 }, (_, i) => 3 * (i % 30));
    const file = await save(folder.at('grey.png'), encode({ width: 30, height: 30, channels: 1, data }));
    const { exit, stdout } = await runOsvos('mask', 'inspect', file);
    expect(stdout).to.contain('refused: 30 grey values, more than 20 ids: 0 (30 pixels), 3 (30)');
    expect(stdout).to.contain('what to do: save it as indexed PNG without smoothing, or as black and white');
    expect(exit).to.equal(0);
  });

  it('explains an empty mask', async () => {
    const file = await save(
      folder.at('empty.png'),
      encodeIndexedPng({ width: 2, height: 2, data: new Uint8Array(4) }),
    );
    expect((await runOsvos('mask', 'inspect', file)).stdout).to.contain('refused: the mask has no object');
  });

  it('gives the same as JSON', async () => {
    const data = Uint8Array.from([0, 255, 255, 0]);
    const file = await save(folder.at('m.png'), encode({ width: 2, height: 2, channels: 1, data }));
    const { stdout } = await runOsvos('mask', 'inspect', file, '--json');
    expect(JSON.parse(stdout)).to.deep.equal({
      file,
      format: 'PNG',
      width: 2,
      height: 2,
      channels: 'grey',
      bits: 8,
      palette: null,
      different: 2,
      values: [
        { name: '0', pixels: 2 },
        { name: '255', pixels: 2 },
      ],
      meaning: {
        kind: 'black and white PNG, object 1',
        objects: [{ id: 1, pixels: 2, share: 0.5 }],
        notes: [],
      },
      refused: null,
    });
  });

  it('fails on a file that is no picture, with exit code 3', async () => {
    const file = await save(folder.at('text.png'), Buffer.from('text'));
    const { exit, stdout, stderr } = await runOsvos('mask', 'inspect', file);
    expect([exit, stdout]).to.deep.equal([3, '']);
    expect(stderr).to.contain('damaged or no picture').and.to.contain('text.png');
  });
});
