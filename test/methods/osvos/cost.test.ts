import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { headsOf, TINY } from '../../../bench/osvos-step/networks.js';
import type { Row } from '../../../bench/osvos-step/rows.js';
import type { EngineSpeed } from '../../../src/engine/speed.js';
import { secondsOf } from '../../../src/jobs/speeds.js';
import { osvosCost } from '../../../src/methods/osvos/cost.js';
import {
  osvosDefaults,
  unlimitedIterations,
  type OsvosOptions,
} from '../../../src/methods/osvos/defaults.js';
import { trunkCost } from '../../../src/networks/trunk-cost.js';
import { createTrunk } from '../../../src/networks/trunk.js';
import type { TrunkName } from '../../../src/networks/trunk-names.js';

const davis = { width: 854, height: 480 };

/** Of the measured networks. */
function options(changes: Partial<OsvosOptions> = {}): OsvosOptions {
  return { ...osvosDefaults, heads: 'side-outputs', scales: [1], roi: undefined, ...changes };
}

describe('what OSVOS costs', () => {
  it('is for VGG-16 what the tables of the paper’s network say, in 10⁹ multiply-adds of each stage', () => {
    const counted = (width: number, height: number) =>
      trunkCost(createTrunk('vgg16'), { width, height }).map(({ multiplyAdds }) =>
        (multiplyAdds / 1e9).toFixed(3),
      );
    expect(counted(854, 480)).to.deep.equal(['15.820', '22.667', '37.867', '37.867', '11.466']);
    expect(counted(427, 240)).to.deep.equal(['3.955', '5.680', '9.467', '9.555', '2.867']);
  });

  it('counts parameters as they are: 14 714 688 in VGG-16', () => {
    const stages = trunkCost(createTrunk('vgg16'), davis);
    expect(stages.reduce((sum, stage) => sum + stage.parameters, 0)).to.equal(14_714_688);
  });

  it('is what a count by hand gives for ResNet-18 at 32×32', () => {
    // cells at strides 2, 4, 8, 16: 256, 64, 16, 4
    const stem = 256 * 49 * 3 * 64;
    const layer1 = 64 * 4 * 9 * 64 * 64;
    const layer2 = 16 * (9 * 64 * 128 + 3 * 9 * 128 * 128 + 64 * 128);
    const layer3 = 4 * (9 * 128 * 256 + 3 * 9 * 256 * 256 + 128 * 256);
    const branches = [
      [256, 64],
      [64, 64],
      [16, 128],
      [4, 256],
    ].map(([cells, channels]) => cells * (9 * channels * 16 + 16));
    // A_y · X · A_xᵀ: n rows and columns up to 32 each
    const upsampling = [16, 8, 4, 2].map((n) => n * n * 32 + 32 * n * 32);
    const heads = [...branches, ...upsampling].reduce((a, b) => a + b);
    const square = { width: 32, height: 32 };
    const cost = osvosCost(options({ trunk: 'resnet18', size: 32, frozenStages: 0 }), square, 1);
    expect(cost.frame.forward).to.equal(stem + layer1 + layer2 + layer3 + heads);
    expect(cost.step.forward).to.equal(cost.frame.forward);
    expect(cost.step.backward)
      .to.be.below(2 * cost.step.forward)
      .and.above(1.9 * cost.step.forward);
    expect(cost.start.forward).to.equal(0);
    expect(cost.finestStride).to.equal(2);

    const frozen = osvosCost(options({ trunk: 'resnet18', size: 32, frozenStages: 2 }), square, 1);
    expect(frozen.step.forward).to.equal(layer2 + layer3 + heads);
    expect(frozen.start.forward).to.equal(12 * (stem + layer1)); // each of the copies once
    const four = osvosCost(options({ trunk: 'resnet18', size: 32, frozenStages: 2 }), square, 1, 4);
    expect(four.start.forward).to.equal(16 * (stem + layer1)); // each mask once unwarped
  });

  it('counts each look at a frame by its pixels', () => {
    const frame = (scales: number[]) =>
      osvosCost(options({ heads: 'top-down', adaptEvery: 0, scales }), davis, 1).frame.forward;
    expect(frame([1, 0.5])).to.equal(1.25 * frame([1]));
    const beside = osvosCost(options({ heads: 'top-down', adaptEvery: 0, roi: 'too' }), davis, 1);
    expect(beside.frame.forward).to.equal(2 * frame([1]));
  });

  it('computes frozen stages of a frame once for all objects', () => {
    const [one, three] = [1, 3].map((objects) => osvosCost(options(), davis, objects));
    const apart = osvosCost(options({ frozenStages: 0 }), davis, 3);
    expect(apart.frame.forward).to.equal(3 * one.frame.forward);
    const shared = one.start.forward / 12;
    expect(three.frame.forward).to.be.closeTo(3 * one.frame.forward - 2 * shared, 1);
    expect(three.stateBytes).to.equal(3 * one.stateBytes);
  });

  it('needs nothing for learning where nothing is learnt', () => {
    const cost = osvosCost(options({ iterations: 0 }), davis, 1);
    expect(cost).to.include({ steps: 0, learningBytes: 0, checkpointBytes: 0 });
  });

  describe('with top-down heads and a target model, counted by hand for ResNet-18 at 32×32', () => {
    const square = { width: 32, height: 32 };
    const counted = (changes: Partial<OsvosOptions> = {}, objects = 1, annotations = 1) =>
      osvosCost(
        options({ heads: 'top-down', trunk: 'resnet18', size: 32, ...changes }),
        square,
        objects,
        annotations,
      );
    // cells at strides 2, 4, 8, 16: 256, 64, 16, 4
    const stem = 256 * 49 * 3 * 64;
    const layer1 = 64 * 4 * 9 * 64 * 64;
    const layer2 = 16 * (9 * 64 * 128 + 3 * 9 * 128 * 128 + 64 * 128);
    const layer3 = 4 * (9 * 128 * 256 + 3 * 9 * 256 * 256 + 128 * 256);
    const trunk = stem + layer1 + layer2 + layer3;
    const fineLaterals = 256 * 64 * 32 + 64 * 64 * 32;
    const coarseLaterals = 16 * 128 * 32 + 4 * 256 * 32;
    const targets = (16 + 4) * 9 * 32;
    const refining = (256 + 64 + 16 + 4) * 9 * 32 * 32 + 256 * 32; // and the score of the finest
    const heads = fineLaterals + coarseLaterals + targets + refining;
    // bytes: one map for each convolution, layers 2 and 3 with one of the shortcut
    const fineMaps = 4 * (256 * 64 + 64 * 4 * 64);
    const coarseMaps = 4 * (16 * 5 * 128 + 4 * 5 * 256);
    // three maps, two more where there is a coarser one, two more and two of one channel where there is a score
    const headMaps =
      4 * ((256 + 64) * 5 * 32 + 16 * (7 * 32 + 2) + 4 * (5 * 32 + 2) + 256 /* logits */ + 32 * 32);
    const rows = 4 * (16 * 129 + 4 * 257);
    const regression = 9 + 4 * (2 + 2 * 8); // joining, scale and rows; four Newton steps
    const copies = 12;

    it('a step', () => {
      const { step } = counted({ frozenStages: 0 });
      expect(step.forward).to.equal(trunk + heads);
      expect(step.backward).to.equal(
        2 * (trunk + fineLaterals + coarseLaterals + refining) + targets, // scores have no gradient
      );
      const frozen = counted({ frozenStages: 2 }).step;
      expect(frozen.forward).to.equal(layer2 + layer3 + heads);
      expect(frozen.backward).to.equal(
        2 * (layer2 + layer3 + coarseLaterals + refining) + fineLaterals + targets,
      );
    });

    it('a frame, whose scores are one pass over the rows', () => {
      const { frame } = counted({ adaptEvery: 0 });
      expect(frame.forward).to.equal(trunk + heads);
      expect(frame.moved).to.equal(6 * (fineMaps + coarseMaps + headMaps) + rows);
      const plain = counted({ targetModel: false }).frame;
      expect(plain.forward).to.equal(trunk + heads - targets);
      expect(frame.moved - plain.moved).to.equal(6 * 4 * (16 + 4) * (2 * 32 + 2) + rows);
    });

    it('a frame that is learnt, one of so many: four copies, eight frames, one Newton step of six', () => {
      const [never, always, third] = [0, 1, 3].map((adaptEvery) => counted({ adaptEvery }).frame.moved);
      expect(always - never).to.equal((4 + 12 * (2 + 2 + 2 * 6)) * rows);
      expect(third - never).to.be.closeTo((always - never) / 3, 1e-6);
      const three = counted({ adaptEvery: 1 }, 3).frame.moved - counted({ adaptEvery: 0 }, 3).frame.moved;
      expect(three).to.be.closeTo(3 * (always - never), 1e-6);
    });

    it('a pass that begins: four copies for each object', () => {
      expect(counted({}, 3).begin).to.deep.equal({
        forward: 3 * 4 * trunk,
        backward: 0,
        moved: 3 * 4 * (6 * (fineMaps + coarseMaps) + 9 * rows),
      });
      for (const changes of [{ adaptEvery: 0 }, { targetModel: false }, { heads: 'side-outputs' as const }])
        expect(counted(changes).begin).to.deep.equal({ forward: 0, backward: 0, moved: 0 });
    });

    it('learning without steps: each copy once through the trunk, one regression', () => {
      const { start, steps, checkpointBytes } = counted({ iterations: 0 });
      expect({ steps, checkpointBytes }).to.deep.equal({ steps: 0, checkpointBytes: 0 });
      expect(start.forward).to.equal(copies * trunk);
      expect(start.moved).to.equal(copies * (6 * (fineMaps + coarseMaps) + regression * rows));
      expect(counted({ iterations: 0 }, 1, 5).start.forward).to.equal(4 * 5 * trunk);
      // nothing that is not the same for all objects
      expect(counted({ iterations: 0 }, 3).frame.forward).to.equal(trunk + 3 * heads);
    });

    it('learning with steps: also scores across the copies, and a model of what was tuned', () => {
      const { start } = counted();
      expect(start.forward).to.equal(copies * (stem + layer1 + 3 * (layer2 + layer3)));
      expect(start.moved).to.equal(copies * (6 * (fineMaps + 3 * coarseMaps) + 3 * regression * rows + rows));
      expect(counted({ frozenStages: 5 }).start.moved).to.equal(
        copies * (6 * (fineMaps + coarseMaps) + 2 * regression * rows + rows), // nothing was tuned
      );
      expect(counted({ frozenStages: 0 }).start.forward).to.equal(copies * 3 * trunk);
    });

    it('bytes: copies with their kept and scored maps, what a fit makes of them, and a memory for each object', () => {
      const pixels = 32 * 32;
      const kept = 4 * (256 * 64 + 64 * 64 + 5 * pixels);
      const scored = 4 * (16 * 128 + 4 * 256);
      // all rows joined; of one stage twice the rows; labels seven times
      const fit = rows + 2 * 4 * 16 * 129 + 7 * 4 * pixels;
      const few = counted({ iterations: 0 });
      const twice = counted({ iterations: 0 }, 1, 6); // 24 copies
      expect(twice.learningBytes - few.learningBytes).to.equal(12 * (kept + scored + fit));
      // scored maps that are kept are not held twice
      const all = counted({ iterations: 0, frozenStages: 5 }, 1, 6).learningBytes;
      expect(all).to.equal(twice.learningBytes);
      const [adapting, alone] = [5, 0].map((adaptEvery) => counted({ adaptEvery }, 3).segmentingBytes);
      expect(adapting - alone).to.equal(12 * (3 * rows + 4 * 16 * 129));
      expect(counted({ iterations: 0, targetModel: false }).learningBytes).to.equal(0);
    });

    it('seconds of a time budget, whatever the steps', () => {
      const { steps, learnsAtMost } = counted({ iterations: unlimitedIterations, timeBudget: 90 });
      expect({ steps, learnsAtMost }).to.deep.equal({ steps: unlimitedIterations, learnsAtMost: 90 });
    });
  });

  describe('at one speed of the engine', () => {
    const within = (foretold: number, actual: number, factor: number, what: string) =>
      expect(foretold / actual, what).to.be.within(1 / factor, factor);

    /** Rows of what was measured, with what each was foretold: trained whole, and with two stages frozen. */
    async function measured(engine: string) {
      const { rows } = JSON.parse(await readFile('bench/results/osvos-step-xeon-2.json', 'utf8')) as {
        rows: Row[];
      };
      return rows
        .filter((row) => row.engine === engine && row.network !== TINY)
        .map((row) => {
          const network = row.network as TrunkName;
          const size = Number(row.size.split('×')[0]);
          const changes = { trunk: network, heads: headsOf(network), size, targetModel: false };
          const [whole, frozen] = [0, 2].map((frozenStages) =>
            osvosCost(options({ ...changes, frozenStages }), davis, 1),
          );
          return { row, whole, frozen, what: `${row.network} at ${row.size}` };
        });
    }

    function withinSeconds(
      { row, whole, frozen, what }: Awaited<ReturnType<typeof measured>>[number],
      speed: EngineSpeed,
    ) {
      const seconds = [whole.step, frozen.step, whole.frame].map((work) => secondsOf(work, speed));
      const actual = [row.secondsPerIteration, row.secondsPerIterationFrozen, row.secondsPerFrame];
      ['a step', 'a frozen step', 'a frame'].forEach((part, i) =>
        within(seconds[i], actual[i]!, 1.5, `${part} of ${what}`),
      );
    }

    it('foretells the measured seconds and memory of all trunks and sizes within a factor of 1.5', async () => {
      // multiply-adds a second of VGG-16, and bytes a second that fit the smaller trunks
      const speed = { forward: 92e9, backward: 85e9, moved: 12e9 };
      const engine = 400e6; // Node, the library and TensorFlow, before any network
      const cases = await measured('tensorflow');
      expect(cases).to.have.length(10);
      for (const each of cases) {
        const { row, whole, frozen, what } = each;
        withinSeconds(each, speed);
        within(engine + whole.segmentingBytes, row.peakMbFrame! * 1e6, 1.2, `memory of ${what}`);
        within(engine + whole.learningBytes, row.peakMbIteration! * 1e6, 1.5, `learning memory of ${what}`);
        within(engine + frozen.learningBytes, row.peakMbFrozen! * 1e6, 1.5, `frozen memory of ${what}`);
      }
    });

    it('foretells WebAssembly’s seconds too', async () => {
      const speed = { forward: 15e9, backward: 6e9, moved: 18e9 };
      const cases = await measured('wasm');
      expect(cases).to.have.length(5);
      for (const each of cases) withinSeconds(each, speed);
    });
  });
});
