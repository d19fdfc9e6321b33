import { Flags } from '@oclif/core';
import { BaseCommand } from './base-command.js';
import type { DoctorReport } from '../jobs/doctor.js';

/** What `--clean` returns. */
interface Cleaned {
  cleaned: { folder: string; bytes: number };
}

export default class Doctor extends BaseCommand<typeof Doctor> {
  static override summary = 'Say which engines, tools and weights work here, and how to mend what does not.';
  static override description = 'Starts every engine once; changes nothing unless told to by --clean.';
  static override examples = [
    { description: 'What works here', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Free the disk space of the native engine',
      command: '<%= config.bin %> <%= command.id %> --clean',
    },
  ];
  static override flags = {
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
    const report = await examine();
    await this.print(report);
    return report;
  }

  private async print(report: DoctorReport): Promise<void> {
    const { formatTable } = await import('../terminal/table.js');
    const { engines, ffmpeg, weights, cache } = report;
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
        { title: '', value: ({ name }) => (name === report.auto ? 'auto takes this one' : '') },
      ]),
    );
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

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
