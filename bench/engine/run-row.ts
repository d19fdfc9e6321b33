/** Measures one subject on one case in a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Measurement } from './measure.js';
import { isEngine, nameOf, PEER, type Subject } from './subjects.js';

/** Ends of a child that say "this cannot run here". */
const UNAVAILABLE = 5;

export interface RowOptions {
  threads: number;
  iterations: number;
  /** Ask the engine where its iteration goes. */
  profile?: boolean;
}

export const peerProgram = fileURLToPath(new URL('../peers/pytorch.py', import.meta.url));
const childProgram = fileURLToPath(new URL('child.ts', import.meta.url));

/** The Python in which PyTorch is looked for. */
export function pythonProgram(): string {
  return process.env.OSVOS_PYTHON || 'python3';
}

/** Why a subject cannot run here; such rows are left out. */
export class Unavailable extends Error {}

/**
 * @param file the case, as `writeCase` writes it
 * @throws Unavailable where its engine or PyTorch is not there; any other Error is a fault
 */
export async function runRow(
  subject: Subject,
  file: string,
  { threads, iterations, profile = false }: RowOptions,
): Promise<Measurement> {
  const flags = [
    '--precision',
    subject.precision,
    '--threads',
    `${threads}`,
    '--iterations',
    `${iterations}`,
  ];
  if (subject.engine === PEER) {
    // read when the library is loaded, before the program can say it
    const env = { OMP_NUM_THREADS: `${threads}`, MKL_NUM_THREADS: `${threads}` };
    return parse(await run(pythonProgram(), [peerProgram, file, ...flags], env));
  }
  if (!isEngine(subject.engine)) throw new Unavailable(`this version has no engine named ${subject.engine}`);
  const engine = ['--engine', subject.engine, ...(profile ? ['--profile'] : [])];
  const program = ['--import', 'tsx', childProgram, file];
  return parse(await run(process.execPath, [...program, ...engine, ...flags]));

  function parse(stdout: string): Measurement {
    try {
      return JSON.parse(stdout) as Measurement;
    } catch (cause) {
      throw new Error(`${nameOf(subject)} told no figures: ${stdout}`, { cause });
    }
  }
}

/** Runs a program to its end and gives what it wrote to stdout. It is ended with this process. */
export function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const stop = () => child.kill();
    process.once('exit', stop);
    const texts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text));
    child.on('error', (error) => {
      process.off('exit', stop);
      reject(new Unavailable(`${program} cannot be run (${error.message})`));
    });
    child.on('close', (code, signal) => {
      process.off('exit', stop);
      const words = texts.stderr.trim();
      if (code === 0) resolve(texts.stdout);
      else if (code === UNAVAILABLE) reject(new Unavailable(words.split('\n').at(-1)));
      else reject(new Error(`${program} ${args.join(' ')} ended with ${signal ?? code}: ${words}`));
    });
  });
}
