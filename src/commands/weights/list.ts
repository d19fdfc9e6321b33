import { BaseCommand } from '../base-command.js';
import type { ListedWeights } from '../../jobs/weights-list.js';

export default class WeightsList extends BaseCommand<typeof WeightsList> {
  static override summary = 'List the weights that commands know by name.';
  static override description =
    'Shipped weights were trained on data for research, so they are for non-commercial use; the program itself is Apache-2.0.';
  static override examples = [
    { description: 'What there is', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'With files and all scores', command: '<%= config.bin %> <%= command.id %> --json' },
  ];

  async run(): Promise<{ weights: ListedWeights[] }> {
    const { listWeights } = await import('../../jobs/weights-list.js');
    const { formatTable } = await import('../../terminal/table.js');
    const weights = await listWeights();
    if (weights.length === 0)
      this.log('No weights yet: osvos weights import FILE --architecture NAME adds some.');
    else {
      this.log(
        formatTable(weights, [
          { title: 'name', value: ({ name }) => name },
          { title: 'architecture', value: ({ architecture }) => architecture },
          { title: 'method', value: ({ method }) => method ?? '–' },
          { title: 'MB', value: ({ bytes }) => (bytes / 1e6).toFixed(1), align: 'right' },
          { title: 'scores', value: ({ scores }) => describeScores(scores) },
          {
            title: 'licence',
            value: ({ licence, origin }) => licence ?? (origin === 'imported' ? 'yours to know' : '–'),
          },
        ]),
      );
    }
    if (weights.some(({ origin }) => origin === 'shipped')) {
      this.log('Shipped weights are for non-commercial use, because of the data that made them.');
    }
    return { weights };
  }
}

function describeScores(scores: Record<string, number>): string {
  const parts = Object.entries(scores).map(([measure, score]) => `${measure} ${score.toFixed(3)}`);
  return parts.join(', ') || '–';
}
