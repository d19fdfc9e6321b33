import path from 'node:path';
import { expect } from 'chai';
import { compareToRun, requireComparable } from '../../src/jobs/compare-to-run.js';
import { clipOutput } from '../../src/jobs/output-folder.js';
import { readInput, type SegmentInput } from '../../src/jobs/segment-input.js';
import type { ProgressEvent } from '../../src/progress.js';
import { HEIGHT, temporaryFolder, WIDTH, writeFrames, writeGreyMask } from './small-clip.js';

const silent = () => undefined;

describe('comparing with an earlier run', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let input: SegmentInput;
  let before: string;
  let now: string;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), 4);
    const file = await writeGreyMask(path.join(folder, 'second.png'), [[1, 4, 8, 10, 12]]);
    input = await readInput({ source, masks: [{ key: '1', file }], fitMask: false }, silent);
    [before, now] = [path.join(folder, 'before'), path.join(folder, 'now')];
    for (const frame of ['00000', '00001', '00002', '00003']) {
      await writeGreyMask(path.join(before, `${frame}.png`), [[1, 4, 8, 10, 12]]);
      await writeGreyMask(path.join(now, `${frame}.png`), [[1, 4, 8, 10, 12]]);
    }
  });
  afterEach(() => remove());

  it('counts changed frames and names the most changed, without those that were given', async () => {
    await writeGreyMask(path.join(now, '00001.png'), []);
    await writeGreyMask(path.join(now, '00002.png'), [[1, 4, 8, 10, 11]]);
    await writeGreyMask(path.join(now, '00003.png'), [[3, 4, 8, 10, 12]]);
    const events: ProgressEvent[] = [];
    const changes = await compareToRun(before, input, clipOutput(now, 'clip'), (event) => events.push(event));
    const pixels = WIDTH * HEIGHT;
    expect(changes).to.deep.equal({
      with: before,
      compared: 3,
      changed: 2,
      most: [
        { frame: '00003', share: 120 / pixels },
        { frame: '00002', share: 10 / pixels },
      ],
    });
    const text = `2 of 3 frames differ from ${before}, most of all 00003 by 7.8 %, 00002 by 0.7 %`;
    expect(events).to.deep.equal([{ kind: 'note', text }]);
  });

  it('warns when nothing changed', async () => {
    const events: ProgressEvent[] = [];
    await compareToRun(before, input, clipOutput(now, 'clip'), (event) => events.push(event));
    const text = `0 of 3 frames differ from ${before}: what was added made no difference`;
    expect(events).to.deep.equal([{ kind: 'warning', text }]);
  });

  it('refuses the run itself, and a folder without masks of the clip', () => {
    const paths = clipOutput(now, 'clip');
    expect(() => requireComparable(now, input, paths))
      .to.throw('not compared with itself')
      .with.property('exit', 2);
    expect(() => requireComparable(folder, input, paths))
      .to.throw('no mask of clip in there')
      .with.property('exit', 2);
    requireComparable(before, input, paths);
  });

  it('refuses masks of another size, naming the file', async () => {
    const file = await writeGreyMask(path.join(before, '00002.png'), [], 20, 10);
    let failure: unknown;
    const compare = compareToRun(before, input, clipOutput(now, 'clip'), silent);
    await compare.catch((error: unknown) => (failure = error));
    expect(failure).to.have.property('exit', 3);
    expect(failure).to.have.property('message').that.contains(file).and.contains('20×10');
  });
});
