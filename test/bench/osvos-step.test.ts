import { expect } from 'chai';
import { parseSizes, parseSubjects } from '../../bench/engine/subjects.js';
import type { Timing } from '../../bench/osvos-step/child.js';
import { createNetwork, operationsOf, parseNetworkNames } from '../../bench/osvos-step/networks.js';
import { casesOf, toRow } from '../../bench/osvos-step/rows.js';

describe('bench/osvos-step', () => {
  it('gives each engine what it can hold', () => {
    const subjects = parseSubjects('torch:bf16,wasm,cpu,webgpu');
    const networks = parseNetworkNames('vgg16,tiny');
    const sizes = parseSizes('240x427,480x854');
    const held = (card: boolean) =>
      casesOf(subjects, networks, sizes, card).map(
        ({ subject, network, size }) => `${subject.engine} ${network} ${size.height}`,
      );
    const tiny = ['torch tiny 37', 'wasm tiny 37', 'cpu tiny 37', 'webgpu tiny 37'];
    expect(held(false)).to.deep.equal(['torch vgg16 240', 'wasm vgg16 240', 'torch vgg16 480', ...tiny]);
    expect(held(true)).to.include.members(['webgpu vgg16 240', 'webgpu vgg16 480']);
    expect(() => parseNetworkNames('vgg')).to.throw(/^no network named vgg: use /);
  });

  it('counts the published operations of VGG-16 with its side outputs', () => {
    // 129.1 thousand million multiply-adds at 480×854, of which stages 1 and 2 are 38.5; here with the upsampling, 0.3
    const network = createNetwork('vgg16');
    const { forward, iteration } = operationsOf(network, { height: 480, width: 854 }, 2);
    expect(forward / 2e9).to.be.closeTo(129.1 + 0.3, 0.05);
    expect(iteration / 2e9).to.be.closeTo(3 * (129.1 - 38.5), 3);
    network.dispose();
  });

  it('tells medians over all rounds, the largest memory, and nothing of what was not measured', () => {
    const timing = (seconds: number[], peakMb: number): Timing => ({
      ...{ device: 'cpu', version: '1', threads: 2 },
      ...{ seconds, peakMb, operations: 6e9 },
    });
    const [subject] = parseSubjects('torch:bf16');
    const what = { subject, network: 'vgg16', size: { height: 240, width: 427 } } as const;
    const row = toRow(what, {
      forward: [timing([1, 9, 2], 100), timing([3, 3, 3], 120)],
      whole: [timing([4], 300)],
      frozen: [],
    });
    expect(row).to.include({
      ...{ engine: 'torch', precision: 'bf16', network: 'vgg16', size: '240×427', threads: 2 },
      ...{ secondsPerFrame: 3, gflopsFrame: 2, peakMbFrame: 120 },
      ...{ secondsPerIteration: 4, gflopsIteration: 1.5, peakMbIteration: 300 },
      ...{ secondsPerIterationFrozen: null, gflopsFrozen: null, peakMbFrozen: null },
    });
  });
});
