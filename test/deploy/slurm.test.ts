import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const deploy = fileURLToPath(new URL('../../deploy/slurm', import.meta.url));

/** With programs in the place of Slurm's that write down what they are told; bench/slurm.ts has a real cluster. */
describe('a comparison on a Slurm cluster', function () {
  this.timeout(20_000);
  let folder: string;

  before(async function () {
    if (process.platform === 'win32') {
      console.log('      skipped: the scripts of Slurm need bash');
      this.skip();
    }
    folder = await mkdtemp(path.join(os.tmpdir(), 'osvos-slurm-test-'));
    await script(
      'sbatch',
      `printf '%s\\n' "$*" >> "${folder}/sbatch.txt"; echo 4$(wc -l < "${folder}/sbatch.txt")`,
    );
    await script('scontrol', `printf '%s\\n' "$*" >> "${folder}/scontrol.txt"`);
    // says how it was called, then works until it is stopped
    await writeFile(
      path.join(folder, 'run.js'),
      `process.once('SIGTERM', () => process.exit(130));
       setTimeout(() => process.exit(Number(process.env.EXIT ?? 1)), process.env.EXIT ? 300 : 10000);
       require('fs').writeFileSync(process.env.CALLED, process.argv.slice(2).join(' '));`,
    );
  });
  beforeEach(async () => {
    for (const name of ['sbatch', 'scontrol', 'called'])
      await rm(path.join(folder, `${name}.txt`), { force: true });
  });
  after(async () => folder && rm(folder, { recursive: true }));

  async function script(name: string, line: string): Promise<void> {
    await writeFile(path.join(folder, name), `#!/bin/bash\n${line}\n`);
    await chmod(path.join(folder, name), 0o755);
  }
  const environment = (more: NodeJS.ProcessEnv = {}) => ({
    ...process.env,
    ...{ PATH: `${folder}${path.delimiter}${process.env.PATH}`, SLURM_JOB_ID: '44' },
    ...more,
  });
  const submit = (...args: string[]) =>
    spawnSync(path.join(deploy, 'submit.sh'), args, { encoding: 'utf8', env: environment() });
  const told = async (name: string) =>
    existsSync(path.join(folder, name))
      ? (await readFile(path.join(folder, name), 'utf8')).trim().split('\n')
      : [];

  it('is an array, and a job after it with the same flags', async () => {
    const { status, stdout } = submit('8%4', '--time=4:00:00', '--', '--davis', 'D A', '--out', 'o');
    expect([status, stdout]).to.deep.equal([0, 'shards 41, report 42\n']);
    const program = path.resolve(deploy, '..', '..', 'bin', 'run.js');
    const job = `--time=4:00:00 ${path.join(deploy, 'compare.sbatch')} ${program} --davis D A --out o`;
    expect(await told('sbatch.txt')).to.deep.equal([
      `--parsable --array=1-8%4 ${job}`,
      `--parsable --dependency=afterany:41 ${job}`,
    ]);
  });

  it('is refused with the usage where something is missing, and where work would be thrown away', async () => {
    for (const [args, why] of [
      [['--', '--davis', 'D'], 'SHARDS is a number'],
      [['4', '--davis', 'D'], 'two dashes stand between'],
      [['4', '--', '--davis', 'D', '--force'], '--force does not go with jobs that are requeued'],
    ] as const) {
      const { status, stderr } = submit(...args);
      expect(status).to.equal(2);
      expect(stderr)
        .to.match(/^usage: submit.sh SHARDS/)
        .and.to.contain(why);
    }
    expect(await told('sbatch.txt')).to.deep.equal([]);
  });

  /** Runs the job, and sends the shell a signal once the program is at work. */
  async function job(signal: NodeJS.Signals | undefined, more: NodeJS.ProcessEnv): Promise<number | null> {
    const called = path.join(folder, 'called.txt');
    const args = [path.join(deploy, 'compare.sbatch'), path.join(folder, 'run.js'), '--methods', 'stcn'];
    const child = spawn('bash', args, { env: environment({ CALLED: called, ...more }) });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    while (!existsSync(called)) await new Promise((resolve) => setTimeout(resolve, 20));
    if (signal) child.kill(signal);
    return ended;
  }
  const task = { SLURM_ARRAY_JOB_ID: '41', SLURM_ARRAY_TASK_ID: '3', SLURM_CPUS_PER_TASK: '6' };

  it('puts a task back into the queue when its time is nearly up, and only that task', async () => {
    expect(await job('SIGUSR1', task)).to.equal(130);
    expect(await told('called.txt')).to.deep.equal(['compare --methods stcn --shard auto --threads 6']);
    expect(await told('scontrol.txt')).to.deep.equal(['requeue 41_3']);
  });

  it('does so with the report too, which has no shard', async () => {
    expect(await job('SIGUSR1', {})).to.equal(130);
    expect(await told('called.txt')).to.deep.equal(['compare --methods stcn --threads 1']);
    expect(await told('scontrol.txt')).to.deep.equal(['requeue 44']);
  });

  it('leaves alone what was cancelled, and what has failed', async () => {
    // Slurm signals all processes of a job; here the shell alone is, which waits for the program
    expect(await job('SIGTERM', { ...task, EXIT: '130' })).to.equal(130);
    await rm(path.join(folder, 'called.txt'));
    expect(await job(undefined, { ...task, EXIT: '3' })).to.equal(3);
    expect(await told('scontrol.txt')).to.deep.equal([]);
  });
});
