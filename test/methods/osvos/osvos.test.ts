import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { startEngine } from '../../../src/engine/start.js';
import { labelsFromProbabilities } from '../../../src/label-map.js';
import type { LearnOptions } from '../../../src/methods/method.js';
import { osvos } from '../../../src/methods/osvos/osvos.js';
import { headsNames } from '../../../src/networks/heads.js';
import { regionSimilarity } from '../../../src/scores/region.js';
import { slimOptions, twoObjects, writeSlimParent } from './slim-parent.js';

const silent: LearnOptions = { report: () => undefined };

for (const heads of headsNames)
  describe(`methods/osvos with ${heads}`, function () {
    this.timeout(120_000);
    let parent: string;
    before(async () => {
      await startEngine({ engine: 'wasm' });
      parent = await writeSlimParent(heads);
    });

    it('learns two objects of one frame by heart', async () => {
      const segmenter = await osvos.open(slimOptions(parent));
      const { frame, labels } = twoObjects();
      await segmenter.learn([{ frame, labels }], silent);
      const probabilities = await segmenter.segment(frame);
      expect(probabilities.ids).to.deep.equal([1, 2]);
      const { data } = labelsFromProbabilities(probabilities, 0.8);
      for (const id of [1, 2]) {
        const only = (map: Uint8Array) => ({
          width: 48,
          height: 32,
          data: map.map((label) => (label === id ? 1 : 0)),
        });
        expect(regionSimilarity(only(data), only(labels.data)), `object ${id}`).to.be.above(0.8);
      }
      segmenter.close();
    });

    it('goes on from a checkpoint with the very same numbers', async () => {
      const annotation = twoObjects();
      const options = slimOptions(parent, { iterations: 8, objects: [1] });
      const whole = await osvos.open(options);
      await whole.learn([annotation], silent);

      const checkpoints = await mkdtemp(path.join(tmpdir(), 'osvos-checkpoints-'));
      const stop = new AbortController();
      const stopped = await osvos.open(options);
      const report: LearnOptions['report'] = (event) =>
        event.kind === 'step' && event.done === 3 && stop.abort();
      let failure: unknown;
      await stopped
        .learn([annotation], { report, signal: stop.signal, checkpoints })
        .catch((error: unknown) => (failure = error));
      expect(failure).to.have.property('exit', 130);
      expect(await readdir(checkpoints)).to.deep.equal(['object-1.safetensors']);
      stopped.close();

      const resumed = await osvos.open(options);
      const steps: number[] = [];
      await resumed.learn([annotation], {
        checkpoints,
        report: (event) => event.kind === 'step' && steps.push(event.done),
      });
      expect(steps).to.deep.equal([4, 5, 6, 7, 8]);
      expect(await resumed.save()).to.deep.equal(await whole.save());
      resumed.close();
      whole.close();
    });

    it('uses frozen stages as they are and learns with the rest', async () => {
      const annotation = twoObjects();
      const segmenter = await osvos.open(
        slimOptions(parent, { iterations: 5, objects: [1], frozenStages: 2 }),
      );
      const untouched = await osvos.open(slimOptions(parent, { iterations: 0, objects: [1] }));
      for (const each of [segmenter, untouched]) await each.learn([annotation], silent);
      const [after, before] = [await segmenter.save(), await untouched.save()];
      for (const [name, { data }] of after) {
        if (name.startsWith('object.1.target-model.')) continue; // made anew
        const same = data.every((value, i) => value === before.get(name)!.data[i]);
        // side scores have no part in the fused output; top-down heads read it from the finest
        const unused =
          name.startsWith('object.1.score.') && !(heads === 'top-down' && name.includes('score.0.'));
        expect(same, name).to.equal(/stage[12]\./.test(name) || unused);
      }
      segmenter.close();
      untouched.close();
    });

    it('restores a test network that gives the same probabilities', async () => {
      const { frame, labels } = twoObjects();
      const taught = await osvos.open(slimOptions(parent, { iterations: 3 }));
      await taught.learn([{ frame, labels }], silent);
      const restored = await osvos.open(slimOptions(parent));
      await restored.restore(await taught.save());
      expect(await restored.segment(frame)).to.deep.equal(await taught.segment(frame));
      taught.close();
      restored.close();
    });

    it('learns further from a restored network, begins new objects at the parent, and leaves the others alone', async () => {
      const { frame, labels } = twoObjects();
      const only = (id: number) => ({
        frame,
        labels: { ...labels, data: labels.data.map((label) => (label === id ? 1 : 0)) },
      });
      // ids 1 (the disk) and 4 (the square) are known; 2 and 4 come in the later annotation
      const named = (disk: number, square: number) => ({
        frame,
        labels: { ...labels, data: labels.data.map((label) => [0, disk, square][label]) },
      });
      const first = await osvos.open(slimOptions(parent, { iterations: 3 }));
      await first.learn([named(1, 4)], silent);
      const state = await first.save();

      const options = slimOptions(parent, { iterations: 2 });
      const further = await osvos.open(options);
      await further.restore(state);
      await further.learn([named(2, 4)], silent);
      const after = await further.save();
      const numbersOf = (weights: typeof state, id: number) =>
        [...weights].filter(([name]) => name.startsWith(`object.${id}.`)).map(([, { data }]) => data);

      const probabilities = await further.segment(frame);
      expect(probabilities.ids).to.deep.equal([1, 2, 4]);
      expect(numbersOf(after, 1)).to.deep.equal(numbersOf(state, 1));
      expect(numbersOf(after, 4)).to.not.deep.equal(numbersOf(state, 4));
      const fresh = await osvos.open(options);
      await fresh.learn([only(1)], silent);
      expect(numbersOf(after, 2)).to.deep.equal(numbersOf(await fresh.save(), 1));
      // a network that was given back and restored again computes the same
      const again = await osvos.open(options);
      await again.restore(after);
      expect((await again.segment(frame)).data).to.deep.equal(probabilities.data);
      for (const segmenter of [first, further, fresh, again]) segmenter.close();
    });

    it('learns an object from the annotations that have it', async () => {
      const [first, later] = [twoObjects(0), twoObjects(3)];
      const disk = {
        ...first,
        labels: { ...first.labels, data: first.labels.data.map((id) => Number(id === 1)) },
      };
      const both = await osvos.open(slimOptions(parent, { iterations: 5, objects: [2] }));
      await both.learn([disk, later], silent);
      const one = await osvos.open(slimOptions(parent, { iterations: 5, objects: [2] }));
      await one.learn([later], silent);
      expect(await both.save()).to.deep.equal(await one.save());
      both.close();
      one.close();
    });

    it('computes shared stages once, and only those that are the same in all networks', async () => {
      const { frame, labels } = twoObjects();
      for (const frozenStages of [0, 2]) {
        const taught = await osvos.open(slimOptions(parent, { iterations: 3, frozenStages }));
        await taught.learn([{ frame, labels }], silent);
        const state = await taught.save();
        // the options of the one who restores say nothing about how the networks were made
        const together = await osvos.open(slimOptions(parent, { frozenStages: 2 }));
        await together.restore(state);
        const both = await together.segment(frame);
        const pixels = frame.width * frame.height;
        for (const [i, id] of [1, 2].entries()) {
          const alone = await osvos.open(slimOptions(parent, { objects: [id] }));
          await alone.restore(state);
          const { data } = await alone.segment(frame);
          expect(data, `object ${id}, ${frozenStages} frozen`).to.deep.equal(
            both.data.slice(i * pixels, (i + 1) * pixels),
          );
          alone.close();
        }
        together.close();
        taught.close();
      }
    });

    it('neither keeps nor loses tensors over frames and updates', async () => {
      const before = tf.memory().numTensors;
      const segmenter = await osvos.open(slimOptions(parent, { iterations: 2 }));
      const annotation = twoObjects();
      await segmenter.learn([annotation], silent);
      await segmenter.segment(annotation.frame);
      const during = tf.memory().numTensors;
      for (let i = 1; i < 5; i++) await segmenter.segment(twoObjects(i).frame);
      expect(tf.memory().numTensors).to.equal(during);
      segmenter.close();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('keeps as many tensors as its memory holds when it learns along the clip, and forgets them', async () => {
      const before = tf.memory().numTensors;
      const options = slimOptions(parent, { iterations: 40, adaptEvery: 1 });
      const segmenter = await osvos.open(options);
      const annotation = twoObjects();
      await segmenter.learn([annotation], silent);
      await segmenter.begin!(annotation);
      const first = await segmenter.segment(twoObjects(1).frame);
      for (let i = 2; i < 12; i++) await segmenter.segment(twoObjects(i).frame);
      const full = tf.memory().numTensors;
      for (let i = 12; i < 16; i++) await segmenter.segment(twoObjects(i).frame);
      expect(tf.memory().numTensors).to.equal(full);
      await segmenter.begin!(annotation); // a new pass starts from the annotation alone
      expect(await segmenter.segment(twoObjects(1).frame)).to.deep.equal(first);
      segmenter.close();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('names frame, sizes and remedy where an object vanishes at the network’s size', async () => {
      const { frame, labels } = twoObjects(7, 480, 320);
      labels.data.fill(0);
      labels.data[0] = 1;
      const segmenter = await osvos.open(slimOptions(parent));
      let failure: unknown;
      await segmenter.learn([{ frame, labels }], silent).catch((error: unknown) => (failure = error));
      expect(failure).to.have.property(
        'message',
        'object 1 vanishes when the frame is reduced from 480×320 to 48×32: frame 00007: use a larger --size',
      );
      expect(failure).to.have.property('exit', 3);
      segmenter.close();
    });

    it('stops with exit code 6 before a broken update', async () => {
      const segmenter = await osvos.open(slimOptions(parent, { trunkRate: 1e30, headRate: 1e30 }));
      let failure: unknown;
      await segmenter.learn([twoObjects()], silent).catch((error: unknown) => (failure = error));
      expect(failure).to.have.property('code', 'not-a-number');
      expect(failure).to.have.property('exit', 6);
      segmenter.close();
    });

    it('refuses a parent of another trunk', async () => {
      let failure: unknown;
      await osvos
        .open({ ...slimOptions(parent), trunk: 'resnet18' })
        .catch((error: unknown) => (failure = error));
      expect(failure).to.have.property('exit', 4);
      expect(failure)
        .to.have.property('message')
        .match(/the parent has trunk vgg19-slim, not resnet18: .*: use --trunk vgg19-slim/);
    });
  });
