/** Ultrametric maps of another program (gPb-owt-ucm), with its own partitions and soft maps. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { decode } from 'fast-png';
import { mergeRegions, partitionAt } from '../../src/snapping/merge-tree.js';
import type { Partition } from '../../src/snapping/partition.js';
import { DOWN, linkRegions, type RegionGraph } from '../../src/snapping/region-graph.js';
import {
  cornerStrengths,
  drawUltrametricMap,
  partitionOf,
  type UltrametricMap,
} from '../../src/snapping/ultrametric-map.js';

const golden = path.join(process.env.OSVOS_DATA ?? '../shared/data', 'BSDS500', 'bench_golden');
/** Partitions of each image are at k/6. */
const SIXTHS = [1, 2, 3, 4, 5];

describe('ultrametric maps of five images of BSDS500', () => {
  before(function () {
    if (existsSync(golden)) return;
    console.log(`      skipped: ${golden} is not there (set OSVOS_DATA)`);
    this.skip();
  });

  const ids = () => readdirSync(path.join(golden, 'soft')).map((file) => path.basename(file, '.png'));

  it('are there', () => {
    expect(ids()).to.have.length(5);
  });

  it('are cut into the 25 reference partitions, exactly', () => {
    for (const id of ids()) {
      const ucm = readMap(id);
      for (const k of SIXTHS) {
        const reference = readPng(`segs/${id}_${k}.png`);
        const { map, count } = partitionOf(ucm, k / 6);
        expect(count).to.equal(new Set(reference).size);
        // the same regions, whatever they are called
        expect(map, `${id} at ${k}/6`).to.deep.equal(inReadingOrder(reference));
      }
    }
  });

  it('are the reference’s soft maps, to the bit', () => {
    for (const id of ids()) {
      const strengths = cornerStrengths(readMap(id));
      const soft = Uint8Array.from(strengths, (value) => Math.floor(255 * value + 0.5));
      expect(soft, id).to.deep.equal(Uint8Array.from(readPng(`soft/${id}.png`)));
    }
  });

  it('come out again where their own cracks are merged', () => {
    for (const id of ids()) {
      const ucm = readMap(id);
      const finest = partitionOf(ucm, 0);
      const graph = graphOf(finest, ucm);
      const tree = mergeRegions(graph);
      const drawn = drawUltrametricMap(finest, graph, tree);
      let greatest = 0;
      for (const [i, value] of ucm.data.entries()) {
        greatest = Math.max(greatest, Math.abs(value - drawn.data[i]));
      }
      expect(greatest, id).to.be.lessThan(1e-12);
      for (const k of SIXTHS) {
        expect(partitionAt(finest, tree, k / 6 + 1e-9).map).to.deep.equal(partitionOf(ucm, k / 6 + 1e-9).map);
      }
    }
  });
});

/** gzipped NPY 1.0, float64 in C order, `[2 H + 1, 2 W + 1]`. */
function readMap(id: string): UltrametricMap {
  const bytes = gunzipSync(readFileSync(path.join(golden, 'ucm2', `${id}.npy.gz`)));
  const headerEnd = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, headerEnd);
  expect(header).to.contain("'<f8'").and.to.contain("'fortran_order': False");
  const [rows, columns] = header
    .match(/\((\d+), (\d+)\)/)!
    .slice(1)
    .map(Number);
  const data = new Float64Array(
    bytes.buffer.slice(bytes.byteOffset + headerEnd, bytes.byteOffset + bytes.length),
  );
  expect(data).to.have.length(rows * columns);
  return { width: (columns - 1) / 2, height: (rows - 1) / 2, data };
}

function readPng(file: string): ArrayLike<number> & Iterable<number> {
  return decode(readFileSync(path.join(golden, file))).data;
}

function inReadingOrder(labels: Iterable<number>): Int32Array {
  const numbers = new Map<number, number>();
  return Int32Array.from(labels, (label) => {
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    return numbers.get(label)!;
  });
}

/** The regions’ graph, with the strengths that the map has on its cracks. */
function graphOf(regions: Partition, { width, data }: UltrametricMap): RegionGraph {
  const stride = 2 * width + 1;
  const graph = linkRegions(regions, { ...regions, data: new Float32Array(regions.map.length) });
  for (const [k, crack] of graph.cracks.entries()) {
    const pixel = crack >> 1;
    const cell = (2 * Math.floor(pixel / width) + 1) * stride + 2 * (pixel % width) + 1;
    graph.total[graph.arcs[k]] += data[cell + ((crack & 1) === DOWN ? stride : 1)];
  }
  return graph;
}
