import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { openDavis } from '../../src/clips/davis.js';
import { readMask } from '../../src/clips/read-mask.js';
import { countLabels, idsOf } from '../../src/label-map.js';

const root = path.join(process.env.OSVOS_DATA ?? '../shared/data', 'DAVIS');

describe('DAVIS itself', () => {
  before(function () {
    if (existsSync(root)) return;
    console.log(`      ${root} is missing: set OSVOS_DATA`);
    this.skip();
  });

  it('has 8 validation sequences of 424 frames, all annotated, at 854×480', async () => {
    const { sequences } = openDavis(root, { split: 'val' });
    expect(sequences).to.have.length(8);
    expect(sequences.reduce((sum, { frameNames }) => sum + frameNames.length, 0)).to.equal(424);
    for (const sequence of sequences) {
      expect(sequence.annotatedFrames()).to.deep.equal(sequence.frameNames);
      const { width, height } = await sequence.clip();
      expect([width, height]).to.deep.equal([854, 480]);
    }
  });

  it('has annotations of 0 and 255, which are one object', async () => {
    const [swan] = openDavis(root, { split: 'val', sequences: ['blackswan'] }).sequences;
    const { labels, kind } = await readMask(swan.annotationFile(swan.firstAnnotation));
    expect(idsOf(labels)).to.deep.equal([1]);
    expect(kind).to.equal('00000.png: black and white PNG, object 1');
  });

  it('has empty masks in bmx-bumps, which are no error by themselves', async () => {
    const [bumps] = openDavis(root, { split: 'train', sequences: ['bmx-bumps'] }).sequences;
    expect(idsOf((await readMask(bumps.annotationFile('00060'))).labels)).to.deep.equal([]);
  });

  it('has two objects in the palette mask of horsejump-high, whose union is the mask of 2016', async () => {
    const two = await readMask(path.join(root, 'Annotations_2017_first/480p/horsejump-high/00000.png'));
    expect(two.kind).to.equal('00000.png: indexed PNG, objects 1, 2');
    const [jump] = openDavis(root, { split: 'val', sequences: ['horsejump-high'] }).sequences;
    const one = await readMask(jump.annotationFile('00000'));
    expect(Array.from(two.labels.data, Math.sign)).to.deep.equal([...one.labels.data]);
    const counts = countLabels(two.labels);
    expect(counts[1] + counts[2]).to.equal(countLabels(one.labels)[1]);
  });

  it('reads frames as they are counted in the lists of the thinned training sequences', async () => {
    const [bear] = openDavis(root, { split: 'train-fit', sequences: ['bear'] }).sequences;
    const clip = await bear.clip();
    expect(clip.notes).to.deep.equal(['frame numbers go in steps of 5']);
    const names: string[] = [];
    for await (const frame of clip.frames()) names.push(frame.name);
    expect(names).to.have.length(17);
    expect(names.slice(0, 3)).to.deep.equal(['00000', '00005', '00010']);
  });
});
