import { Flags } from '@oclif/core';
import { BaseCommand } from './base-command.js';
import { engineFlags } from './shared-flags.js';
import type { DoctorReport } from '../jobs/doctor.js';
import type { EngineReport } from '../engine/probe-all.js';

/** What `--clean` returns. */
interface Cleaned {
  cleaned: { folder: string; bytes: number };
}

export default class Doctor extends BaseCommand<typeof Doctor> {
  static override summary = 'Say which engines, tools and weights work here, and how to mend what does not.';
  static override description =
    'Starts every engine once; changes nothing unless told to by --measure or --clean.';
  static override examples = [
    { description: 'What works here', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Measure the engines anew: --engine auto takes the fastest',
      command: '<%= config.bin %> <%= command.id %> --measure',
    },
    {
      description: 'Free the disk space of the native engine',
      command: '<%= config.bin %> <%= command.id %> --clean',
    },
  ];
  static override flags = {
    measure: Flags.boolean({
      exclusive: ['clean'],
      summary:
        'Measure a training step on each engine, and keep it for --engine auto; takes a minute at most.',
      helpGroup: 'ENGINE',
    }),
    device: engineFlags.device,
    precision: engineFlags.precision,
    threads: engineFlags.threads,
    clean: Flags.boolean({
      summary: 'Empty the cache folder; `npm run setup` fills it again.',
      helpGroup: 'OUTPUT',
    }),
  };

  async run(): Promise<DoctorReport | Cleaned> {
    const { cleanCache, examine } = await import('../jobs/doctor.js');
    if (this.flags.clean) {
      const cleaned = await cleanCache();
      this.log(`${cleaned.folder} is empty now (${gigabytes(cleaned.bytes)} freed)`);
      return { cleaned };
    }
    const { measure, device, precision, threads } = this.flags;
    const { report, finish } = await this.progress();
    const found = await examine({
      options: { device, precision, threads },
      measure,
      report: (text) => report({ kind: 'note', text }),
    });
    finish();
    await this.print(found);
    return found;
  }

  private async print(report: DoctorReport): Promise<void> {
    const { formatTable } = await import('../terminal/table.js');
    const { engines, ffmpeg, weights, cache, notes } = report;
    this.log(
      `osvos ${this.config.version}, Node.js ${report.node}, ${report.platform}, ${report.cores} cores\n`,
    );
    this.log(
      formatTable(engines, [
        { title: 'engine', value: ({ name }) => name },
        { title: 'works', value: ({ available }) => (available ? 'yes' : 'no') },
        { title: 'device', value: ({ device }) => device ?? '–' },
        { title: 'threads', value: ({ threads }) => (threads > 0 ? String(threads) : '–'), align: 'right' },
        { title: 'version', value: ({ version }) => version ?? '–' },
        { title: 'precision', value: ({ precision }) => precision ?? '–' },
        {
          title: 'step',
          value: ({ stepMs }) => (stepMs === null ? '–' : milliseconds(stepMs)),
          align: 'right',
        },
        { title: '', value: (engine) => describeChoice(engine, report) },
      ]),
    );
    for (const note of notes) this.log(note);
    this.log(`\nffmpeg   ${ffmpeg.version ?? 'missing'}`);
    this.log(
      `weights  ${weights.map(({ name, available }) => (available ? name : `${name} (unfit)`)).join(', ') || 'none'}`,
    );
    this.log(`cache    ${cache.folder} (${gigabytes(cache.bytes)})`);
    for (const { name, why, remedy } of [...engines, ffmpeg, ...weights].filter(
      ({ available }) => !available,
    )) {
      this.log(`\n${name}: ${why}\n  → ${remedy}`);
    }
  }
}

/** `--engine auto` takes the fastest of those that work. */
function describeChoice(engine: EngineReport, { engines, auto, unmeasured }: DoctorReport): string {
  if (unmeasured.includes(engine.name)) return 'auto measures this one at the first run';
  const devices = engines.filter(({ name }) => name === auto);
  const fastest = Math.min(...devices.map(({ stepMs }) => stepMs ?? Infinity));
  return devices.find(({ stepMs }) => (stepMs ?? Infinity) === fastest) === engine
    ? 'auto takes this one'
    : '';
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
