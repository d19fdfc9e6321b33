import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { temporaryFolder, writeFrames } from '../../jobs/small-clip.js';
import { runOsvos } from '../run-osvos.js';

describe('osvos mask import', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let source: string;
  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    source = path.join(folder, 'annotations.xml');
    const shapes = [
      '<polygon label="car" points="0,0;10,0;10,10;0,10" z_order="0"/>',
      '<mask label="person" rle="0,16" left="8" top="0" width="4" height="4" z_order="0"/>',
    ];
    const image = `<image id="0" name="00001.png" width="48" height="32">${shapes.join('')}</image>`;
    await writeFile(source, `<annotations><version>1.1</version>${image}</annotations>`);
  });
  afterEach(() => remove());

  it('says what was read, how ids were given, what overlaps, and where the pictures are', async () => {
    const clip = await writeFrames(path.join(folder, 'clip'), 2);
    const out = path.join(folder, 'masks');
    const { exit, stdout, stderr } = await runOsvos('mask', 'import', source, '--clip', clip, '--out', out);
    expect(stdout).to.equal(`annotations.xml: CVAT for images 1.1
ids by first appearance: car is 1, person is 2
${path.join(out, '00001.png')}: 48×32, look at ${path.join(out, 'overlays', '00001.jpg')}
  object 1 (car): 92 pixels, 6.0 % of the frame
  object 2 (person): 16 pixels, 1.0 % of the frame
  person lies over car: 8 pixels, the later shape has them
`);
    expect([exit, stderr]).to.deep.equal([0, '']);
    const { stdout: inspected } = await runOsvos('mask', 'inspect', path.join(out, '00001.png'));
    expect(inspected).to.contain('read as: indexed PNG, objects 1, 2').and.to.contain('object 1: 92 pixels');
  });

  it('gives the same as JSON, and writes nothing in a dry run', async () => {
    const { stdout } = await runOsvos(
      'mask',
      'import',
      source,
      '--out',
      'first.png',
      '--labels',
      'person=5',
      '--dry-run',
      '--json',
    );
    expect(JSON.parse(stdout)).to.deep.equal({
      source,
      format: 'cvat',
      described: 'CVAT for images 1.1',
      ids: [{ object: 'person', id: 5 }],
      rule: '--labels',
      masks: [
        {
          ...{ name: '00001', mask: 'first.png', overlay: null, width: 48, height: 32, overlaps: [] },
          objects: [{ id: 5, object: 'person', pixels: 16, share: 16 / (48 * 32) }],
        },
      ],
      notes: ['left out, as --labels does not name them: car'],
      dryRun: true,
    });
    expect(await readdir(folder)).to.deep.equal(['annotations.xml']);
  });

  it('says how to get a picture to look at, and that a dry run wrote nothing', async () => {
    const { stdout } = await runOsvos('mask', 'import', source, '--out', folder, '--dry-run');
    expect(stdout).to.contain('no picture to look at: --frame PICTURE or --clip CLIP');
    expect(stdout).to.match(/nothing was written: --dry-run\n$/);
  });

  it('reads a file as --format says', async () => {
    const { exit, stderr } = await runOsvos('mask', 'import', source, '--format', 'coco', '--out', folder);
    expect(exit).to.equal(3);
    expect(stderr).to.contain('no valid JSON').and.to.contain('annotations.xml');
  });

  it('refuses wrong usage with exit code 2', async () => {
    for (const [flags, message] of [
      [[], 'out'],
      [['--out', folder, '--labels', 'car'], 'OBJECT=ID'],
      [['--out', folder, '--format', 'voc'], '--format'],
      [['--out', folder, '--start-number', '1001'], 'a number for no clip'],
    ] as const) {
      const { exit, stderr } = await runOsvos('mask', 'import', source, ...flags);
      expect(exit, message).to.equal(2);
      expect(stderr).to.contain(message);
    }
  });
});
