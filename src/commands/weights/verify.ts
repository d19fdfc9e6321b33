import { BaseCommand } from '../base-command.js';
import type { VerifiedWeights } from '../../jobs/weights-verify.js';

export default class WeightsVerify extends BaseCommand<typeof WeightsVerify> {
  static override summary = 'Check the shipped weight files: size, SHA-256 and header.';
  static override description = 'Ends with exit code 4 when a file is missing, altered or cut off.';
  static override examples = [
    { description: 'Check all', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'For a script', command: '<%= config.bin %> <%= command.id %> --json' },
  ];

  async run(): Promise<{ weights: VerifiedWeights[] }> {
    const { requireSound, verifyShippedWeights } = await import('../../jobs/weights-verify.js');
    const weights = await verifyShippedWeights();
    for (const { name, fault } of weights) this.log(`${name}: ${fault ?? 'sound'}`);
    if (weights.length === 0) this.log('No weights are shipped with this version.');
    requireSound(weights);
    return { weights };
  }
}
