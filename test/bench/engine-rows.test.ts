import { expect } from 'chai';
import type { Measurement } from '../../bench/engine/measure.js';
import { convolutionShare } from '../../bench/engine/profile.js';
import {
  compareLosses,
  convolutionShareOf,
  median,
  ratios,
  toRow,
  type Measured,
} from '../../bench/engine/rows.js';
import { parseSizes, parseSubjects, ratioCase, subjects } from '../../bench/engine/subjects.js';

function round(iterationCpuMs: number[], more: Partial<Measurement> = {}): Measurement {
  return {
    iterationCpuMs,
    iterationWallMs: iterationCpuMs.map((ms) => ms / 2),
    forwardWallMs: [7],
    peakMb: 100,
    losses: [3, 2],
    version: '1',
    convolutionShare: null,
    ...more,
  };
}

function measured(name: string, ms: number, more: Partial<Measured> = {}): Measured {
  const [subject] = parseSubjects(name);
  return { subject, where: ratioCase, rounds: [round([ms])], ...more };
}

describe('bench/engine: rows', () => {
  it('take the middle of all rounds’ iterations and the largest peak', () => {
    const rounds = [round([5, 1, 100], { peakMb: 120.4 }), round([3, 4, 2])];
    expect(toRow(measured('torch:bf16', 0, { rounds }))).to.deep.equal({
      engine: 'torch',
      precision: 'bf16',
      network: 'vgg16',
      size: '480×854',
      threads: 1,
      iterationCpuMs: 3.5,
      iterationWallMs: 1.8,
      forwardWallMs: 7,
      peakMb: 120,
    });
    expect(median([9, 1, 5])).to.equal(5);
  });

  it('are divided like with like, at VGG-16, 480×854 and one thread only', () => {
    const elsewhere = [
      { ...ratioCase, threads: 2 },
      { ...ratioCase, network: 'resnet50-v1' as const },
      { ...ratioCase, size: { height: 240, width: 427 } },
    ].map((where) => measured('torch:bf16', 1, { where }));
    const all = [
      ...elsewhere,
      measured('torch:bf16', 200),
      measured('torch:f32', 700),
      measured('tensorflow', 1000),
      measured('pytorch:bf16', 250),
      measured('pytorch:f32', 500),
    ];
    expect(ratios(all)).to.deep.equal({
      ratioToPyTorchBf16: 0.8,
      ratioToPyTorchF32: 1.4,
      ratioToTensorflow: 0.2,
    });
  });

  it('that are missing leave null', () => {
    expect(ratios([measured('pytorch:bf16', 250), measured('torch:f32', 7)])).to.deep.equal({
      ratioToPyTorchBf16: null,
      ratioToPyTorchF32: null,
      ratioToTensorflow: null,
    });
    expect(convolutionShareOf([measured('torch:bf16', 5)])).to.equal(null);
  });

  it('of other losses are refused by name, NaN too', () => {
    const with2 = (loss: number) =>
      measured('pytorch:f32', 1, { rounds: [round([1], { losses: [3, loss] })] });
    expect(() => compareLosses([measured('tensorflow', 1), with2(2.01)])).not.to.throw();
    for (const loss of [2.03, 1.97, NaN]) {
      expect(() => compareLosses([measured('tensorflow', 1), with2(loss)])).to.throw(
        `iteration 2: pytorch f32 has a loss of ${loss}, tensorflow f32 of 2`,
      );
    }
  });

  it('tell the convolutions’ share of the wall time, by the engine’s profile', async () => {
    const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 100));
    const share = await convolutionShare(async (work) => {
      await work();
      return [
        { name: 'BiasedConvolution', ms: 30 },
        { name: 'Conv2DBackpropFilter', ms: 20 },
        { name: 'MaxPool', ms: 40 },
      ];
    }, wait);
    expect(share).to.be.within(0.25, 0.51);
    const rounds = [round([1], { convolutionShare: 0.91234 })];
    expect(convolutionShareOf([measured('torch:bf16', 5, { rounds })])).to.equal(0.912);
  });
});

describe('bench/engine: flags', () => {
  it('name subjects and sizes', () => {
    const text = 'torch:bf16,torch:f32,tensorflow,pytorch:bf16,pytorch:f32';
    expect(parseSubjects(text)).to.deep.equal(subjects);
    expect(parseSizes('240x427,480×854')).to.deep.equal([
      { height: 240, width: 427 },
      { height: 480, width: 854 },
    ]);
  });

  it('refuse what is none', () => {
    expect(() => parseSubjects('jax')).to.throw('no engine named jax');
    expect(() => parseSubjects('tensorflow:f16')).to.throw('no precision named f16');
    expect(() => parseSizes('240')).to.throw('a size is HEIGHTxWIDTH, not 240');
    expect(() => parseSizes('240x0')).to.throw('no whole number above 0: 240x0');
  });
});
