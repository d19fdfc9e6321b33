/** What a figure was measured on: it stands beside each result. */
import os from 'node:os';

export interface Machine {
  processor: string;
  cores: number;
  memoryGB: number;
  system: string;
  node: string;
}

export function describeMachine(): Machine {
  const cores = os.cpus();
  return {
    processor: cores[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGB: Math.round(os.totalmem() / 1e9),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
  };
}
