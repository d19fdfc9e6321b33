/** What OSVOS costs, counted from the shapes of trunk and heads at the size that the network sees. */
import { networkSize, type Size } from '../../clips/network-size.js';
import type { HeadsCost } from '../../networks/heads.js';
import { createHeads, osvosShapes } from '../../networks/osvos-network.js';
import { FLOAT_BYTES, product, sum, trunkCost, type StageCost } from '../../networks/trunk-cost.js';
import { createTrunk } from '../../networks/trunk.js';
import { addWork, noWork, timesWork, type MethodCost, type Work } from '../cost.js';
import {
  BACKWARD_PASSES,
  FIXED_BYTES,
  forward,
  forwardHeads,
  HELD_BACKWARD,
  HELD_FORWARD,
  mapBytes,
  outputBytes,
  PARAMETER_BYTES,
} from '../network-cost.js';
import type { OsvosOptions } from './defaults.js';
import { fixedCopies } from './fine-tune.js';
import { targetCost, type TargetCost } from './target-cost.js';
import { MEMORY_COPIES } from './target-memory.js';

/** Adam reads weight, gradient and both moments, and writes all but the gradient. */
const ADAM_BYTES = 7 * FLOAT_BYTES;

/** While it learns also gradient and moments, the arrays of a checkpoint with these, and the checkpoint as a file. */
const LEARNT_PARAMETER_BYTES = (4 + 3 + 3) * FLOAT_BYTES;

/** A network at the size at which it sees pictures, and how the options use it. */
interface Counted {
  options: OsvosOptions;
  objects: number;
  /** Of a picture. */
  pixels: number;
  stages: StageCost[];
  /** Stages whose maps of the copies are kept; the others. */
  frozen: StageCost[];
  tuned: StageCost[];
  /** Copies of the annotations that are made once. */
  copies: number;
  heads: HeadsCost;
  /** Stages that a target model scores, and what it costs; none without one. */
  scoredStages: StageCost[];
  target?: TargetCost;
  parameters: number;
  tunedParameters: number;
  /** Whether there are steps; whether the target model learns along the clip. */
  tunes: boolean;
  adapts: boolean;
}

/**
 * Multiply-adds and bytes. A parent is taken to have the heads that the options name; a test network that nothing was
 * learnt into in this run, to have no stages in common with others.
 *
 * @param annotations frames with masks
 */
export function osvosCost(options: OsvosOptions, frame: Size, objects: number, annotations = 1): MethodCost {
  const counted = count(options, networkSize(frame, options.size), objects, annotations);
  const { stages, target, parameters, tunes, adapts } = counted;
  const networks = objects * parameters * FLOAT_BYTES;
  const memory = addWork(timesWork(MEMORY_COPIES, forward(stages)), target?.begin ?? noWork);
  return {
    start: startWork(counted),
    step: stepWork(counted),
    steps: options.iterations,
    learnsAtMost: options.timeBudget,
    begin: adapts ? timesWork(objects, memory) : noWork,
    frame: frameWork(counted),
    learningBytes: tunes || target ? bytesOfNetworks(counted) + bytesOfLearning(counted) : 0,
    segmentingBytes: bytesOfNetworks(counted) + bytesOfSegmenting(counted),
    stateBytes: networks,
    // weights and two moments
    checkpointBytes: tunes ? 3 * networks : 0,
    finestStride: Math.min(...stages.filter((stage) => stage.side).map((stage) => stage.stride)),
  };
}

function count(options: OsvosOptions, size: Size, objects: number, annotations: number): Counted {
  const trunk = createTrunk(options.trunk);
  const heads = createHeads(trunk, { heads: options.heads, crop: 'fixed' });
  const tunes = options.iterations > 0;
  const scored = options.targetModel && heads.scoredStages.length > 0;
  const stages = trunkCost(trunk, size);
  const frozen = tunes || scored ? stages.slice(0, options.frozenStages) : [];
  const copies = scored || frozen.length > 0 ? fixedCopies(annotations) : 0;
  const scoredStages = scored ? heads.scoredStages.map((stage) => stages[stage]) : [];
  const parameters = sum([...osvosShapes(trunk, heads).values()].map(product));
  const pixels = size.width * size.height;
  return {
    ...{ options, objects, pixels, stages, frozen, copies, scoredStages, parameters, tunes },
    tuned: stages.slice(frozen.length),
    heads: heads.cost({ stages, size, frozenStages: frozen.length, scored }),
    target: scored ? targetCost(scoredStages, copies, pixels) : undefined,
    tunedParameters: parameters - sum(frozen.map((stage) => stage.parameters)),
    adapts: scored && options.adaptEvery > 0,
  };
}

/**
 * Kept maps of the copies, and target models of them: one to begin with; where there are steps also two, of a half of
 * the copies each, that score the copies, and one of what the steps have made of the maps.
 */
function startWork({ frozen, tuned, copies, target, tunes }: Counted): Work {
  const kept = timesWork(copies, forward(frozen));
  if (!target) return kept;
  const model = addWork(timesWork(copies, forward(tuned)), target.fit);
  if (!tunes) return addWork(kept, model);
  const models = tuned.length > 0 ? 3 : 2; // maps that did not change want no other model
  return addWork(kept, timesWork(models, model), timesWork(copies, target.score));
}

function stepWork({ tuned, heads, tunedParameters }: Counted): Work {
  return addWork(forward(tuned), forwardHeads(heads), {
    forward: 0,
    backward: 2 * sum(tuned.map((stage) => stage.multiplyAdds)) + heads.backward,
    moved: BACKWARD_PASSES * (mapBytes(tuned) + heads.mapBytes) + ADAM_BYTES * tunedParameters,
  });
}

/** Stages that all objects have in common are computed once. */
function frameWork({ options, objects, stages, frozen, heads, target, tunes, adapts }: Counted): Work {
  const common = tunes ? frozen : target ? stages : [];
  const shared = objects > 1 ? common : [];
  const own = [forward(stages.slice(shared.length)), forwardHeads(heads)];
  if (target) own.push(target.score);
  const look = addWork(forward(shared), timesWork(objects, addWork(...own)));
  // each costs what its pixels do; a region beside the frame is as large for the network
  const looks = sum(options.scales.map((scale) => scale ** 2)) * (options.roi === 'too' ? 2 : 1);
  const adapt = target && adapts ? timesWork(objects / options.adaptEvery, target.adapt) : noWork;
  return addWork(timesWork(looks, look), adapt);
}

/** Of all objects. */
function bytesOfNetworks({ objects, parameters }: Counted): number {
  return FIXED_BYTES + (objects * FLOAT_BYTES + PARAMETER_BYTES - FLOAT_BYTES) * parameters;
}

/** Copies, and with them either a step or a target model; beside the networks. */
function bytesOfLearning(counted: Counted): number {
  const { pixels, frozen, tuned, copies, heads, scoredStages, target, tunedParameters, tunes } = counted;
  const copy = outputBytes(frozen) + 5 * pixels * FLOAT_BYTES; // picture, labels, weights
  const step =
    LEARNT_PARAMETER_BYTES * tunedParameters +
    (HELD_FORWARD + HELD_BACKWARD) * (mapBytes(tuned) + heads.mapBytes);
  // of all copies the scored maps, unless they are kept anyway; first all maps of one copy, then what a fit holds
  const scored = copies * outputBytes(scoredStages.filter((stage) => !frozen.includes(stage)));
  const one = HELD_FORWARD * Math.max(mapBytes(frozen), mapBytes(tuned));
  const model = target ? scored + Math.max(one, target.fitBytes) : 0;
  return copies * copy + Math.max(tunes ? step : 0, model);
}

/** A frame, and the memories of all objects; beside the networks. */
function bytesOfSegmenting({ objects, stages, heads, target, adapts }: Counted): number {
  const memories = target && adapts ? objects * target.memoryBytes + target.adaptBytes : 0;
  return HELD_FORWARD * (mapBytes(stages) + heads.mapBytes) + memories;
}
