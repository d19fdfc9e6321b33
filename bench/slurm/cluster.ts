/** A Slurm cluster of one node on this machine, in a folder of its own: controller, node and their keys, as root. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** Tasks that run at once. */
const CPUS = 2;
/** Away from the usual ones: a machine may belong to a real cluster. */
const PORTS = { controller: 26817, node: 26818 };
/** Seconds without a word after which a node counts as dead. */
const NODE_TIMEOUT = 10;
const START_SECONDS = 30;

export interface Job {
  /** Its own number, also in an array. */
  id: string;
  array: string;
  /** Of the array; `NaN` outside one. */
  task: number;
  state: string;
}

export interface Cluster {
  /** Runs a command of Slurm, or one that calls some; gives what it prints. Throws where it fails. */
  call(command: string, ...args: string[]): string;
  /** All jobs of the last minutes. */
  jobs(): Job[];
  /** Kills what a job runs (SIGKILL). */
  kill(job: string): void;
  /** Kills the node's daemon, and all that it runs, as a power cut does. */
  killNode(): void;
  /** Starts the node again. */
  startNode(): Promise<void>;
  stop(): Promise<void>;
}

/** Names what has to be installed where something is missing. */
export function requireSlurm(): void {
  const missing = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scontrol'].filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0,
  );
  if (missing.length > 0)
    throw new Error(`not there: ${missing.join(', ')}: apt-get install slurm-wlm munge`);
  if (process.getuid?.() !== 0) throw new Error('the daemons of Slurm want root');
}

/** Starts the cluster with its files in `folder`, and waits until the node can take jobs. */
export async function startCluster(folder: string): Promise<Cluster> {
  for (const name of ['state', 'spool']) mkdirSync(path.join(folder, name));
  const key = path.join(folder, 'munge.key');
  writeFileSync(key, randomBytes(1024), { mode: 0o600 });
  const conf = path.join(folder, 'slurm.conf');
  writeFileSync(conf, configuration(folder));
  const environment = { ...process.env, SLURM_CONF: conf };
  const daemon = (name: string, ...args: string[]) => {
    const log = openSync(path.join(folder, `${name}.log`), 'a');
    return spawn(name, args, { env: environment, stdio: ['ignore', log, log] });
  };
  const files = ['socket', 'pid-file', 'log-file', 'seed-file'].map(
    (name) => `--${name}=${folder}/munge.${name}`,
  );
  const munged = daemon('munged', '--foreground', '--force', `--key-file=${key}`, ...files);
  const controller = daemon('slurmctld', '-D', '-i');
  let node = daemon('slurmd', '-D');

  const call = (command: string, ...args: string[]) => {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      env: environment,
      encoding: 'utf8',
    });
    if (status !== 0)
      throw error ?? new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
    return stdout.trim();
  };
  const nodeReady = async () => {
    for (let tries = 0; tries < START_SECONDS; tries++) {
      await sleep(1000);
      const { stdout } = spawnSync('sinfo', ['-h', '-o', '%T'], { env: environment, encoding: 'utf8' });
      if (['idle', 'mixed', 'allocated'].includes(stdout.trim())) return;
    }
    throw new Error(`the node does not come up: ${readFileSync(path.join(folder, 'slurmd.log'), 'utf8')}`);
  };
  const jobs = () =>
    call('squeue', '-h', '-r', '-t', 'all', '-o', '%A %F %K %T')
      .split('\n')
      .map((line) => line.split(' '))
      .map(([id, array, task, state]) => ({ id, array, task: Number(task), state }));
  const processesOf = (job: string) =>
    call('scontrol', 'listpids', job)
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([id, owner]) => Number(id) > 0 && owner === job) // the last task has the array's number
      .map(([id]) => Number(id));
  const cluster: Cluster = {
    call,
    jobs,
    kill: (job) => processesOf(job).forEach(kill),
    killNode() {
      const running = jobs().filter(({ state }) => state === 'RUNNING');
      const doomed = running.flatMap(({ id }) => processesOf(id));
      // the parents of the scripts are the daemon's helpers, which would tell of the end
      const helpers = doomed.map(parentOf).filter((id) => commandOf(id).startsWith('slurmstepd'));
      node.kill('SIGKILL');
      [...new Set([...helpers, ...doomed])].forEach(kill);
    },
    async startNode() {
      node = daemon('slurmd', '-D');
      await nodeReady();
    },
    async stop() {
      for (const child of [node, controller, munged]) await end(child); // the node first: it tells the controller
    },
  };
  await nodeReady().catch(async (error: unknown) => {
    await cluster.stop();
    throw error;
  });
  return cluster;
}

/** Requeued jobs wait until their old credentials are void; preemption and death of nodes would take minutes otherwise. */
function configuration(folder: string): string {
  const host = os.hostname();
  return `ClusterName=bench
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${PORTS.controller}
SlurmdPort=${PORTS.node}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket,cred_expire=5
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmdTimeout=${NODE_TIMEOUT}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,batch_sched_delay=1
JobRequeue=1
ReturnToService=2
KillWait=10
SlurmdParameters=config_overrides
NodeName=${host} NodeAddr=127.0.0.1 CPUs=${CPUS}
PartitionName=main Nodes=${host} Default=YES
`;
}

function parentOf(id: number): number {
  // after the name, which may hold anything, in brackets: state, parent
  return Number(readProcess(id, 'stat').split(') ').at(-1)?.split(' ')[1]);
}

function commandOf(id: number): string {
  return readProcess(id, 'cmdline').split('\0')[0];
}

function readProcess(id: number, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8');
  } catch {
    return ''; // ended meanwhile
  }
}

function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
