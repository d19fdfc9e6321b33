import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { RunRecord } from '../../src/jobs/run-record.js';
import type { ProgressEvent } from '../../src/progress.js';
import { errorOf, runFake, stoppingTrace, type FakeRun } from './run-fake.js';
import { digests, temporaryFolder, writeFrames, writeGreyMask } from './small-clip.js';

const FRAMES = 12;
const settings = { saveProbabilities: true };

describe('a segmentation that was stopped', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: FakeRun;
  let whole: FakeRun;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), FRAMES);
    const mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    run = { source, masks: [mask], out: path.join(folder, 'stopped'), settings };
    whole = { ...run, out: path.join(folder, 'whole') };
    await runFake(whole);
  });
  afterEach(() => remove());

  /** Masks and probabilities are the same bytes, and the records agree in all but times. */
  async function expectTheSame(): Promise<void> {
    for (const part of ['', 'probabilities']) {
      expect(await digests(path.join(run.out, part))).to.deep.equal(
        await digests(path.join(whole.out, part)),
      );
    }
    const [a, b] = await Promise.all([readRecord(run.out), readRecord(whole.out)]);
    expect(a.status).to.equal('finished');
    expect(a.frames).to.deep.equal(b.frames);
    expect(a.steps).to.deep.equal(b.steps);
    expect(existsSync(path.join(run.out, 'checkpoints'))).to.be.false;
  }

  it('by Ctrl-C while it learns goes on with the next step', async () => {
    const controller = new AbortController();
    const trace: string[] = [];
    const events = stopAt(controller, (event) => event.kind === 'step' && event.done === 5);
    const error = await errorOf(runFake({ ...run, signal: controller.signal, events, behaviour: { trace } }));
    expect(error.exit).to.equal(130);
    expect((await readRecord(run.out)).status).to.equal('interrupted');
    await runFake({ ...run, behaviour: { trace } });
    const steps = trace.filter((line) => line.startsWith('step'));
    expect(steps).to.deep.equal(Array.from({ length: 12 }, (_, i) => `step ${i}`));
    await expectTheSame();
  });

  it('by Ctrl-C while it segments finishes the frame and goes on with the next, without learning again', async () => {
    const controller = new AbortController();
    const trace = stoppingTrace(controller, (lines) => lines.includes('frame 6'));
    const error = await errorOf(runFake({ ...run, signal: controller.signal, behaviour: { trace } }));
    expect(error.code).to.equal('interrupted');
    const stopped = await readRecord(run.out);
    expect(stopped.status).to.equal('interrupted');
    const there = Object.keys(await digests(run.out));
    expect(stopped.frames.map(({ name }) => `${name}.png`)).to.deep.equal(there);
    expect(there.length).to.be.within(1, FRAMES - 1);

    const again: string[] = [];
    await runFake({ ...run, behaviour: { trace: again } });
    expect(again.filter((line) => line.startsWith('step'))).to.deep.equal([]);
    expect(again.filter((line) => line.startsWith('frame'))).to.have.length(FRAMES - there.length);
    await expectTheSame();
  });

  it('sees its frames again where it remembers, but writes none of their files again', async () => {
    const behaviour = { family: 'offline' } as const;
    const controller = new AbortController();
    const trace = stoppingTrace(controller, (lines) => lines.includes('frame 6'));
    await errorOf(runFake({ ...run, signal: controller.signal, behaviour: { ...behaviour, trace } }));
    const writings = async () => {
      const names = await readdir(run.out, { recursive: true });
      const masks = names.filter((name) => name.endsWith('.png')).sort();
      return Promise.all(masks.map(async (name) => [name, (await stat(path.join(run.out, name))).ino]));
    };
    const before = await writings();
    expect(before.length).to.be.within(2, 2 * FRAMES - 2); // masks and probabilities
    const again: string[] = [];
    await runFake({ ...run, behaviour: { ...behaviour, trace: again } });
    expect(again).to.include('frame 1');
    expect(await writings()).to.include.deep.members(before);
    await runFake({ ...whole, out: path.join(folder, 'remembering'), behaviour });
    expect(await digests(run.out)).to.deep.equal(await digests(path.join(folder, 'remembering')));
  });

  it('does not go on in another precision', async () => {
    const controller = new AbortController();
    const trace = stoppingTrace(controller, (lines) => lines.includes('frame 6'));
    const engine = { precision: 'bf16' } as const;
    await errorOf(runFake({ ...run, engine, signal: controller.signal, behaviour: { trace } }));
    const error = await errorOf(runFake(run));
    expect(error.message).to.contain('precision: bf16, now f32');
  });

  it('does not count a mask whose frame is not in the log, nor a log line without its mask', async () => {
    const controller = new AbortController();
    const trace = stoppingTrace(controller, (lines) => lines.includes('frame 6'));
    await errorOf(runFake({ ...run, signal: controller.signal, behaviour: { trace } }));
    const log = path.join(run.out, 'checkpoints', 'frames.jsonl');
    const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => !line.includes('"00000"'));
    await writeFile(log, lines.join('\n').slice(0, -4)); // one line lost, the last one cut off
    await rm(path.join(run.out, '00001.png'));
    await writeFile(path.join(run.out, '00000.png'), 'half a mas');
    await runFake(run);
    await expectTheSame();
  });

  it('is cleaned of the temporary files of a killed process', async () => {
    const controller = new AbortController();
    controller.abort();
    await errorOf(runFake({ ...run, signal: controller.signal }));
    await mkdir(path.join(run.out, 'probabilities'), { recursive: true });
    const { pid: ended } = spawnSync(process.execPath, ['--version']);
    await writeFile(path.join(run.out, `00003.png.${ended}-2.tmp`), 'half');
    await writeFile(path.join(run.out, 'probabilities', `00003-1.png.${ended}-1.tmp`), 'half');
    await runFake(run);
    const left = [...(await readdir(run.out)), ...(await readdir(path.join(run.out, 'probabilities')))];
    expect(left.filter((name) => name.endsWith('.tmp'))).to.deep.equal([]);
    await expectTheSame();
  });

  it('by kill −9 at any moment ends with the same bytes', async function () {
    this.timeout(60_000);
    // while it learns, soon after the first masks, and late
    for (const reached of [inCheckpoints('learning-0/fake.safetensors'), maskThere(2), maskThere(8)]) {
      const child = start({ ...run, behaviour: { delay: 25 } });
      await until(() => reached(run.out), child);
      child.kill('SIGKILL');
      await ended(child);
    }
    await runFake(run);
    await expectTheSame();
  });

  it('by SIGINT of the terminal ends with 130 and goes on', async function () {
    this.timeout(60_000);
    const child = start({ ...run, behaviour: { delay: 25 } });
    await until(() => maskThere(4)(run.out), child);
    child.kill('SIGINT');
    expect(await ended(child)).to.equal(130);
    expect((await readRecord(run.out)).status).to.equal('interrupted');
    await runFake(run);
    await expectTheSame();
  });
});

async function readRecord(out: string): Promise<RunRecord> {
  return JSON.parse(await readFile(path.join(out, 'run.json'), 'utf8')) as RunRecord;
}

/** A list of events that aborts when it takes one that `when` says yes to. */
function stopAt(controller: AbortController, when: (event: ProgressEvent) => boolean): ProgressEvent[] {
  const events: ProgressEvent[] = [];
  events.push = (...added) => {
    if (added.some(when)) controller.abort();
    return Array.prototype.push.apply(events, added);
  };
  return events;
}

function start(run: FakeRun): ChildProcess {
  const script = fileURLToPath(new URL('fake-run-process.ts', import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(run)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function inCheckpoints(file: string) {
  return (out: string) => existsSync(path.join(out, 'checkpoints', file));
}

function maskThere(index: number) {
  return (out: string) => existsSync(path.join(out, `${String(index).padStart(5, '0')}.png`));
}

async function until(condition: () => boolean, child: ChildProcess): Promise<void> {
  while (!condition()) {
    if (child.exitCode !== null) throw new Error(`the process ended too early, with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}
