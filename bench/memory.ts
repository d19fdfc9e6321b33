/**
 * Do memory and time stay flat over a long clip? Makes 1000 small frames, segments them by `osvos segment` and reads
 * resident memory, tensors and time after each frame. Ends with 1 when the bounds of memory are not kept.
 *
 *     npx tsx bench/memory.ts [--objects 3] [--frames 1000] [-- flags of osvos segment, such as --method stcn]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { syntheticSequence, writeSyntheticClip } from '../src/clips/synthetic/write-synthetic-clip.js';
import { describeMachine } from './machine.js';

const { values, positionals: segmentFlags } = parseArgs({
  // of the clip that is made, not the flags of osvos segment of the same names: those come after --
  options: { objects: { type: 'string', default: '1' }, frames: { type: 'string', default: '1000' } },
  allowPositionals: true,
});
const CLIP = {
  ...{ width: 160, height: 96, seed: 1 },
  ...{ frames: Number(values.frames), objects: Number(values.objects) },
};
/** Few steps of OSVOS: what is measured comes after them. */
const learning = segmentFlags.includes('--method') ? [] : ['--iterations', '5'];
/** Until this frame caches fill and the collector finds its pace. */
const WARM = 100;
if (!(CLIP.frames > 3 * WARM)) throw new Error(`use at least ${3 * WARM + 1} frames`);
const MOST_GROWTH_MB = 50;

const folder = mkdtempSync(path.join(os.tmpdir(), 'osvos-memory-'));
try {
  await writeSyntheticClip(folder, CLIP);
  const log = path.join(folder, 'memory.csv');
  segment(log);
  const figures = growth(readFileSync(log, 'utf8'));
  const kept = figures.residentMB <= MOST_GROWTH_MB && figures.tensors === 0;
  console.log(
    JSON.stringify(
      { bench: 'memory', machine: describeMachine(), clip: CLIP, from: WARM, growth: figures, kept },
      null,
      2,
    ),
  );
  process.exitCode = kept ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

function segment(log: string): void {
  const dev = fileURLToPath(new URL('../bin/dev.js', import.meta.url));
  const frames = path.join(folder, 'JPEGImages', '480p', syntheticSequence);
  const mask = path.join(folder, 'Annotations', '480p', syntheticSequence, '00000.png');
  const flags = ['--mask', mask, ...learning, '--out', path.join(folder, 'out'), '--memory-log', log];
  const { status } = spawnSync(process.execPath, [dev, 'segment', frames, ...flags, ...segmentFlags], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error(`osvos segment ended with ${status}`);
}

interface Growth {
  residentMB: number;
  tensors: number;
  /** Of a frame, over the first hundred after the warm ones and over the last hundred. */
  millisecondsFirst: number;
  millisecondsLast: number;
}

/**
 * Largest value after the warm frames, less the value there; of tensors less the largest before, since a memory that
 * forgets every second frame now and then holds fewer of them at any given frame.
 */
function growth(csv: string): Growth {
  const rows = csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').slice(1).map(Number));
  if (rows.length < CLIP.frames - 1) throw new Error(`only ${rows.length} frames were logged`);
  const [residentMB, tensors] = [0, 1].map((column) => {
    const values = rows.map((row) => row[column]);
    const before = column === 1 ? Math.max(...values.slice(0, WARM)) : values[WARM];
    return Math.max(...values.slice(WARM)) - before;
  });
  const milliseconds = (from: number) => Math.round((1000 * (rows[from + WARM][2] - rows[from][2])) / WARM);
  return {
    ...{ residentMB: Math.round(residentMB * 10) / 10, tensors },
    ...{ millisecondsFirst: milliseconds(WARM), millisecondsLast: milliseconds(rows.length - WARM - 1) },
  };
}
