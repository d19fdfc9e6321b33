import type { Command } from '@oclif/core';
import type { ServerSet, ServerZip } from '../../jobs/export-server-zip.js';
import { ExportCommand } from './export-command.js';

/** What the exports for benchmark servers share. */
export abstract class ExportServerCommand<T extends typeof Command> extends ExportCommand<T> {
  protected async performZip(set: ServerSet): Promise<ServerZip> {
    const { exportServerZip } = await import('../../jobs/export-server-zip.js');
    const { results } = this.args as { results: string };
    const { out } = this.flags as unknown as { out: string };
    return this.perform(
      (running) => exportServerZip({ results, set, out, ...running }),
      ({ masks, sequences }) =>
        `${out}: ${masks} masks of ${sequences} ${sequences === 1 ? 'sequence' : 'sequences'}, as the server wants them`,
    );
  }
}
