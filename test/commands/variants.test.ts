import { expect } from 'chai';
import { parseContenders, parseSweep, parseVariant, splitVariants } from '../../src/commands/variants.js';

describe('variants of methods', () => {
  async function wayOf(text: string): Promise<Record<string, unknown>> {
    const { options, settings } = await parseVariant(text);
    return { ...options, threshold: settings.threshold, snap: settings.snap };
  }

  it('are told apart at commas, but for those within one', () => {
    expect(splitVariants('osvos,stm@kernel=7, osvos@scales=1,0.5@no-fine-tuning,kmn')).to.deep.equal([
      'osvos',
      'stm@kernel=7',
      'osvos@scales=1,0.5@no-fine-tuning',
      'kmn',
    ]);
    expect(splitVariants('')).to.deep.equal([]);
  });

  it('set the flags of osvos segment over the method’s defaults', async () => {
    expect(await wayOf('osvos@iterations=50@size=240@snap=ucm')).to.include({ iterations: 50, size: 240 });
    expect((await wayOf('osvos@iterations=50@snap=ucm')).snap).to.include({ rule: 'ucm' });
    expect(await wayOf('osvos@no-fine-tuning')).to.include({ iterations: 0, targetModel: false });
    expect(await wayOf('kmn')).to.include({ kernel: 7, size: 360 });
    expect(await wayOf('kmn@kernel=4@top-k=20')).to.include({ kernel: 4, topK: 20 });
    expect(await wayOf('kmn@sigma=4')).to.include({ kernel: 4 });
    expect(await wayOf('stcn@no-kernel')).to.include({ kernel: false });
    expect(await wayOf('stm@no-top-k')).to.include({ topK: false });
    expect(await parseVariant('stcn@no-kernel')).to.include({ label: 'stcn@no-kernel', family: 'offline' });
  });

  for (const [text, message] of [
    ['ostm', /no method is named ostm: ostm: choose from osvos, stm, kmn, stcn/],
    ['osvos@steps=3', /Nonexistent flag: --steps=3: osvos@steps=3: options are those of osvos segment/],
    ['osvos@kernel=7', /--kernel belongs to stm, kmn and stcn/],
    ['stm@iterations=7', /--iterations belongs to osvos/],
    ['kmn@kernel=wide', /kernel/],
  ] as const) {
    it(`are refused where they make no sense: ${text}`, async () => {
      const error: unknown = await parseVariant(text).catch((failure: unknown) => failure);
      expect(error).to.have.property('message').that.matches(message);
      expect(error).to.have.property('exit', 2);
    });
  }

  it('are swept where their method has the option', async () => {
    const found = await parseContenders('osvos@size=240,stcn', parseSweep('iterations=0,50'));
    expect(found.map(({ label }) => label)).to.deep.equal([
      'osvos@size=240@iterations=0',
      'osvos@size=240@iterations=50',
      'stcn',
    ]);
    expect(found[1].options).to.include({ iterations: 50, size: 240 });
    const series = { of: 'osvos@size=240', name: 'iterations' };
    expect(found.map((each) => each.series)).to.deep.equal([
      { ...series, value: '0' },
      { ...series, value: '50' },
      undefined,
    ]);
    const memories = await parseContenders('stcn,kmn', parseSweep('--top-k=5,20'));
    expect(memories).to.have.length(4);
  });

  for (const [methods, sweep, message] of [
    ['stcn', 'iterations=0,50', /none of the methods has the option iterations/],
    ['osvos', 'steps=0,50', /Nonexistent flag: --steps=0/],
    ['osvos@iterations=5', 'iterations=0,50', /iterations/],
    ['osvos', 'iterations=5', /no option with several different values: --sweep iterations=5/],
    ['osvos', 'iterations=5,5', /no option with several/],
    ['osvos', 'iterations', /no option with several/],
    ['osvos', 'iterations=5,,7', /no option with several/],
    ['', 'iterations=5,7', /no method is named/],
  ] as const) {
    it(`are not swept: ${methods} over ${sweep}`, async () => {
      const work = async () => parseContenders(methods, parseSweep(sweep));
      const error: unknown = await work().catch((failure: unknown) => failure);
      expect(error).to.have.property('message').that.matches(message);
      expect(error).to.have.property('exit', 2);
    });
  }
});
