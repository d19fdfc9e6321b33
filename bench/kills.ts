/**
 * Does work that is killed go on to the same bytes? Kills `osvos segment` and `osvos finetune` (SIGKILL and SIGINT) at
 * random moments, uniform over the length of an undisturbed run, starts them again until they are done, and compares
 * every file that they wrote with the undisturbed run's. Ends with 1 on any difference, or file left behind.
 *
 *     npx tsx bench/kills.ts [--kills 50] [--seed 1] [--only segment|finetune]
 *
 * The table goes to stderr, JSON to stdout.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { syntheticSequence, writeSyntheticClip } from '../src/clips/synthetic/write-synthetic-clip.js';
import type { RunRecord } from '../src/jobs/run-record.js';
import { createRandom, deriveSeed, type Random } from '../src/random.js';
import { formatTable } from '../src/terminal/table.js';
import { readSafetensors } from '../src/weights/safetensors.js';
import { writeRandomTrunk } from '../test/end-to-end/random-trunk.js';
import { describeMachine } from './machine.js';

const CLIP = { width: 96, height: 64, frames: 10, objects: 1, seed: 1 };
/** Past the first checkpoint, which comes after 50. */
const ITERATIONS = 60;
const MOST_KILLS_A_RUN = 4;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const folder = mkdtempSync(path.join(os.tmpdir(), 'osvos-kills-'));

/** A command, what it leaves when it is done, and how far it was when it was killed. */
interface Work {
  name: string;
  flags: string[];
  /** Everything below `out` that must be the same each time; what differs by its nature, such as times, left out. */
  results(out: string): Promise<unknown>;
  stage(out: string): string;
}

try {
  await writeSyntheticClip(path.join(folder, 'clip'), CLIP);
  const trunk = path.join(folder, 'trunk.safetensors');
  await writeRandomTrunk(trunk, 'vgg19-slim');
  const input = path.join(folder, 'clip', 'JPEGImages', '480p', syntheticSequence);
  const mask = path.join(folder, 'clip', 'Annotations', '480p', syntheticSequence, '00004.png');
  const network = ['--trunk', 'vgg19-slim', '--no-parent', '--base', trunk, '--threads', '1'];
  const common = [input, '--mask', `4=${mask}`, '--iterations', String(ITERATIONS), ...network];
  const written = ['--threshold', '0.4', '--keep', 'near', '--save-probabilities', '--save-network'];
  const works: Work[] = [
    {
      name: 'segment',
      flags: [...common, ...written],
      results: segmentResults,
      stage: segmentStage,
    },
    { name: 'finetune', flags: common, results: finetuneResults, stage: finetuneStage },
  ].filter(({ name }) => values.only === undefined || values.only === name);
  const reports = [];
  for (const work of works) reports.push(await killOften(work, Number(values.kills)));
  const kept = reports.every(
    ({ runs, identical, unexpected, leftAtEnd }) => identical === runs && unexpected + leftAtEnd === 0,
  );
  const seed = Number(values.seed);
  console.log(
    JSON.stringify({ bench: 'kills', machine: describeMachine(), clip: CLIP, seed, reports, kept }, null, 2),
  );
  process.exitCode = kept ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

async function killOften(work: Work, wanted: number) {
  const random = createRandom(deriveSeed(Number(values.seed), work.name));
  const whole = outOf(work, 'whole');
  const began = performance.now();
  const first = await start(work, whole);
  if (first.exit !== 0) throw new Error(`osvos ${work.name} ended with ${first.exit}: ${first.stderr}`);
  const milliseconds = performance.now() - began;
  const expected = JSON.stringify(await work.results(whole));
  console.error(`${work.name}: ${(milliseconds / 1000).toFixed(1)} s undisturbed`);

  const stages: Record<string, { SIGKILL: number; SIGINT: number }> = {};
  let [kills, runs, identical, unexpected, leftAfterKills, leftAtEnd] = [0, 0, 0, 0, 0, 0];
  while (kills < wanted) {
    const out = outOf(work, `run ${runs++}`);
    const most = Math.min(1 + random.integer(MOST_KILLS_A_RUN), wanted - kills);
    for (let i = 0; i < most; i++) {
      const kill = drawKill(random, milliseconds);
      const { exit, stage, stderr } = await start(work, out, kill);
      leftAfterKills += leftBehind(out).length;
      // it was done before, or ended between the look at it and the signal
      if (stage === undefined || (kill.signal === 'SIGKILL' && exit === 0)) break;
      const fine = kill.signal === 'SIGKILL' ? exit === 'SIGKILL' : [130, 'SIGINT', 0].includes(exit);
      if (!fine) unexpected++;
      if (!fine) console.error(`${work.name}, ${kill.signal} while ${stage}: ended with ${exit}: ${stderr}`);
      kills++;
      stages[stage] ??= { SIGKILL: 0, SIGINT: 0 };
      stages[stage][kill.signal]++;
    }
    const last = await start(work, out);
    const same = last.exit === 0 && JSON.stringify(await work.results(out)) === expected;
    if (same) identical++;
    else console.error(`${out} differs, ended with ${last.exit}: ${last.stderr}`);
    leftAtEnd += leftBehind(out).length;
    if (same) rmSync(path.dirname(out), { recursive: true });
  }
  const report = {
    command: work.name,
    kills,
    runs,
    identical,
    unexpected,
    leftAfterKills,
    leftAtEnd,
    stages,
  };
  console.error(describe(report));
  return report;
}

interface Kill {
  signal: 'SIGKILL' | 'SIGINT';
  /** Milliseconds after the start. */
  after: number;
}

function drawKill(random: Random, length: number): Kill {
  return { after: random.uniform(0, length), signal: random.chance(0.5) ? 'SIGKILL' : 'SIGINT' };
}

/** Starts a command and waits for its end; `stage` is where it was killed, if it was. */
async function start(work: Work, out: string, kill?: Kill) {
  const program = fileURLToPath(new URL('../bin/dev.js', import.meta.url));
  const args = [program, work.name, ...work.flags, '--out', out];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing')),
  );
  let stage: string | undefined;
  const timer =
    kill &&
    setTimeout(() => {
      stage = work.stage(out);
      child.kill(kill.signal);
    }, kill.after);
  const exit = await ended;
  clearTimeout(timer);
  return { exit, stage, stderr: stderr.slice(-2000) };
}

/** Each run has a folder of its own, so that what is left beside `out` is seen too. */
function outOf({ name }: Work, run: string): string {
  const place = path.join(folder, name, run);
  mkdirSync(place, { recursive: true });
  return path.join(place, name === 'segment' ? 'out' : 'network.safetensors');
}

function filesBeside(out: string): string[] {
  return readdirSync(path.dirname(out), { recursive: true, encoding: 'utf8' }).sort();
}

function leftBehind(out: string): string[] {
  return filesBeside(out).filter((name) => name.endsWith('.tmp'));
}

function readRecord(out: string): RunRecord {
  return JSON.parse(readFileSync(path.join(out, 'run.json'), 'utf8')) as RunRecord;
}

async function segmentResults(out: string): Promise<unknown> {
  const names = filesBeside(out);
  const bytes = names
    .filter((name) => /\.(png|safetensors)$/.test(name))
    .map((name) =>
      createHash('sha256')
        .update(readFileSync(path.join(path.dirname(out), name)))
        .digest('hex'),
    );
  const { status, frames, steps } = readRecord(out);
  return { names, bytes, status, frames, steps };
}

/** The network's numbers; the header also tells how long it took. */
async function finetuneResults(out: string): Promise<unknown> {
  const { tensors } = await readSafetensors(out);
  const hash = createHash('sha256');
  for (const [name, { shape, data }] of tensors) {
    hash
      .update(JSON.stringify([name, shape]))
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return { names: filesBeside(out), network: hash.digest('hex') };
}

function segmentStage(out: string): string {
  if (!existsSync(path.join(out, 'run.json'))) return 'start';
  if (leftBehind(out).some((name) => name.includes('run.json.'))) return 'record';
  if (leftBehind(out).some((name) => name.includes('.safetensors.'))) return 'saving the network';
  if (leftBehind(out).length > 0) return 'writing';
  const masks = readdirSync(out).filter((name) => name.endsWith('.png')).length;
  if (masks === CLIP.frames) return 'record';
  if (existsSync(path.join(out, 'checkpoints', 'test-network-4.safetensors'))) return 'segmenting';
  return 'fine-tuning';
}

function finetuneStage(out: string): string {
  if (existsSync(out)) return 'end';
  if (leftBehind(out).some((name) => name.includes('.safetensors.'))) return 'saving the network';
  return existsSync(path.join(`${out}.checkpoints`, 'run.json')) ? 'fine-tuning' : 'start';
}

function describe(report: Awaited<ReturnType<typeof killOften>>): string {
  const { command, kills, runs, identical, unexpected, leftAfterKills, leftAtEnd, stages } = report;
  const table = formatTable(Object.entries(stages), [
    { title: 'killed at', value: ([stage]) => stage },
    { title: 'SIGKILL', value: ([, counts]) => String(counts.SIGKILL), align: 'right' },
    { title: 'SIGINT', value: ([, counts]) => String(counts.SIGINT), align: 'right' },
  ]);
  return [
    table,
    `${command}: ${kills} kills in ${runs} runs, ${identical} identical, ${unexpected} unexpected exit codes; ` +
      `temporary files: ${leftAfterKills} after kills, ${leftAtEnd} at the end`,
  ].join('\n');
}
