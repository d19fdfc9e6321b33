import { expect } from 'chai';
import { writeBehind } from '../../src/jobs/segment-write-behind.js';

describe('writing behind', () => {
  it('has no more pieces under way than allowed', async () => {
    const writing = writeBehind(3);
    let running = 0;
    let most = 0;
    for (let i = 0; i < 20; i++) {
      await writing.push(async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
      });
    }
    await writing.drain();
    expect(most).to.equal(3);
    expect(running).to.equal(0);
  });

  it('throws the first error at the next piece and at the end', async () => {
    const writing = writeBehind(1);
    await writing.push(async () => {
      throw new Error('disk full');
    });
    const caught: unknown[] = [];
    await writing.push(async () => undefined).catch((error: unknown) => caught.push(error));
    await writing.drain().catch((error: unknown) => caught.push(error));
    expect(caught.map((error) => (error as Error).message)).to.deep.equal(['disk full', 'disk full']);
  });
});
