import { rmSync } from 'node:fs';
import { expect } from 'chai';
import { encode } from 'fast-png';
import type { Evaluation } from '../../src/scores/evaluation.js';
import { bar, Fixture, frameName, height, width, type Painter } from '../jobs/evaluate-fixture.js';
import { runOsvos } from './run-osvos.js';

const FRAMES = 5;

describe('osvos evaluate, given what is not right', () => {
  let fixture: Fixture;
  beforeEach(() => {
    fixture = new Fixture();
    for (let t = 0; t < FRAMES; t++) {
      fixture.ids(`truth/dogs/${frameName(t)}.png`, bar(5 + t, 14 + t, 2), bar(20, 29, 7));
      mask(t, bar(5, 14, 2), bar(20, 30, 7));
    }
  });
  afterEach(() => fixture.remove());

  const mask = (t: number, ...painters: Painter[]) =>
    fixture.ids(`results/dogs/${frameName(t)}.png`, ...painters);
  const evaluate = (...more: string[]) =>
    runOsvos('evaluate', fixture.path('results'), '--annotations', fixture.path('truth'), ...more);

  async function expectRefusal(exit: number, ...words: string[]): Promise<void> {
    const outcome = await evaluate();
    expect(outcome.exit, outcome.stderr).to.equal(exit);
    for (const word of words) expect(outcome.stderr).to.include(word);
    const json = await evaluate('--json');
    expect(json.exit).to.equal(exit);
    expect((JSON.parse(json.stdout) as { error: { exit: number } }).error.exit).to.equal(exit);
  }

  it('scores ids with gaps as they are: no object that nobody drew', async () => {
    const { exit, stdout } = await evaluate('--json');
    expect(exit).to.equal(0);
    const { objects, global } = JSON.parse(stdout) as Evaluation;
    expect(Object.keys(objects)).to.deep.equal(['dogs_2', 'dogs_7']);
    expect(objects.dogs_7.J[0]).to.be.closeTo(10 / 11, 1e-12);
    // object 2 moves by a column a frame: frames 1 to 3 count
    const J = [9 / 11, 8 / 12, 7 / 13].reduce((sum, value) => sum + value / 3, 0);
    expect(objects.dogs_2['J-Mean']).to.be.closeTo(J, 1e-12);
    expect(global['J-Mean']).to.be.closeTo((J + 10 / 11) / 2, 1e-12);
  });

  it('scores an id below the largest that the annotations have only later', async () => {
    for (const t of [2, 3]) fixture.ids(`truth/dogs/${frameName(t)}.png`, bar(5, 9, 4), bar(20, 29, 7));
    const { objects } = JSON.parse((await evaluate('--json')).stdout) as Evaluation;
    expect(Object.keys(objects)).to.deep.equal(['dogs_2', 'dogs_4', 'dogs_7']);
    expect(objects.dogs_4.J).to.deep.equal([1, 0, 0]);
  });

  it('an unknown id: names it, the known ones and every file', async () => {
    const files = [1, 3].map((t) => mask(t, bar(5, 14, 2), bar(20, 29, 3)));
    const words = ['the mask has object id 3, the annotations 2, 7', files.join(', '), 'use the ids of'];
    await expectRefusal(3, ...words);
  });

  it('a missing frame: names its file and how many are there', async () => {
    rmSync(fixture.path('results/dogs/00002.png'));
    const words = ['1 of 3 masks are missing', fixture.path('results/dogs/00002.png'), 'goes on where'];
    await expectRefusal(3, ...words);
  });

  it('the first mask alone: says that all are missing', async () => {
    for (let t = 1; t < FRAMES; t++) rmSync(fixture.path(`results/dogs/${frameName(t)}.png`));
    await expectRefusal(3, '3 of 3 masks are missing', `${fixture.path('results/dogs')} (all 3)`);
  });

  it('a mask of another size: says both', async () => {
    const small = encode({ width: 20, height: 10, data: new Uint8Array(200), channels: 1, depth: 8 });
    const file = fixture.write('results/dogs/00001.png', small);
    await expectRefusal(3, 'the mask is 20×10, the annotation 40×20', file, 'nearest neighbour');
  });

  it('a colour image: names the file and what to save', async () => {
    const data = new Uint8Array(width * height * 3);
    data.set([128, 0, 0], 300);
    const file = fixture.write(
      'results/dogs/00003.png',
      encode({ width, height, data, channels: 3, depth: 8 }),
    );
    await expectRefusal(3, 'a colour image whose bands differ', file, 'indexed or grey PNG');
  });

  it('a black and white mask where there are two objects: says so', async () => {
    fixture.grey('results/dogs/00001.png', bar(5, 14, 255));
    await expectRefusal(
      3,
      'black and white, the annotations have 2 objects',
      '00001.png',
      '--protocol davis-2016',
    );
  });

  it('grey masks with the ids as values: are as good as indexed ones', async () => {
    const indexed = (await evaluate('--json')).stdout;
    for (let t = 0; t < FRAMES; t++)
      fixture.grey(`results/dogs/${frameName(t)}.png`, bar(5, 14, 2), bar(20, 30, 7));
    expect((await evaluate('--json')).stdout).to.equal(indexed);
  });

  it('a black and white mask of the only object, whatever its id', async () => {
    for (let t = 0; t < FRAMES; t++) {
      fixture.ids(`truth/dogs/${frameName(t)}.png`, bar(10, 19, 40));
      fixture.grey(`results/dogs/${frameName(t)}.png`, bar(10, 14, 255));
    }
    const { objects } = JSON.parse((await evaluate('--json')).stdout) as Evaluation;
    expect(objects.dogs_40.J).to.deep.equal([0.5, 0.5, 0.5]);
  });

  it('tables that cannot be written: names the file and what to check', async () => {
    const file = fixture.write('occupied', 'a file, no folder');
    const { exit, stderr } = await evaluate('--csv', file);
    expect(exit).to.equal(7);
    expect(stderr).to.include(file).and.include('Check permissions and free space');
  });

  describe('warns, and scores all the same', () => {
    async function expectWarning(text: string): Promise<void> {
      const { exit, stderr, stdout } = await evaluate('--json');
      expect(exit).to.equal(0);
      expect(stderr).to.include(`Warning: ${text}`);
      expect((JSON.parse(stdout) as { warnings: string[] }).warnings).to.deep.equal([text]);
    }

    it('of the annotations themselves', async () => {
      for (let t = 0; t < FRAMES; t++) mask(t, bar(5 + t, 14 + t, 2), bar(20, 29, 7));
      await expectWarning('the masks equal the annotations in every frame: dogs: are these really results?');
    });

    it('of the first mask repeated', async () => {
      for (let t = 0; t < FRAMES; t++) mask(t, bar(5, 14, 2), bar(20, 29, 7));
      await expectWarning(
        'the masks equal the first annotation in every frame: dogs: were these frames segmented?',
      );
    });

    it('of an object that is lost', async () => {
      for (let t = 0; t < FRAMES; t++) mask(t, bar(5, 14, 2));
      await expectWarning(
        'object 7 is empty in 3 frames in a row, where the annotations have it: dogs, frames 00001 to 00003',
      );
    });

    it('of a frame that is all object', async () => {
      mask(2, (data) => data.fill(7));
      await expectWarning('all of the frame is object in 1 frame: dogs, first in 00002');
    });
  });
});
