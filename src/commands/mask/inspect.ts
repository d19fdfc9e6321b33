import { Args } from '@oclif/core';
import type { MaskInspection } from '../../jobs/inspect-mask.js';
import { BaseCommand } from '../base-command.js';

export default class MaskInspect extends BaseCommand<typeof MaskInspect> {
  static override summary = 'Explain a mask: what is in the file, and which objects would be followed.';
  static override description = `A mask says for each pixel of a frame which object it belongs to. Indexed PNG, grey, black and white, soft-edged,
coloured and transparent pictures can be read. A mask that would be refused is explained too: exit code 0.`;
  static override examples = ['<%= config.bin %> <%= command.id %> first.png'];

  static override args = {
    file: Args.string({ required: true, name: 'FILE', description: 'Mask, such as an indexed PNG.' }),
  };

  async run(): Promise<MaskInspection> {
    const { inspectMask } = await import('../../jobs/inspect-mask.js');
    const { formatTable } = await import('../../terminal/table.js');
    const found = await inspectMask(this.args.file);
    const { values, different } = found;
    const title = found.palette === null ? (found.channels.startsWith('RGB') ? 'colour' : 'value') : 'index';
    this.log(describeFile(found));
    this.log(
      formatTable(values, [
        { title, value: ({ name }) => name },
        { title: 'pixels', value: ({ pixels }) => String(pixels), align: 'right' },
      ]),
    );
    if (different > values.length) this.log(`… and ${different - values.length} more`);
    this.log(describeMeaning(found));
    return found;
  }
}

function describeFile({
  file,
  format,
  width,
  height,
  channels,
  bits,
  palette,
  different,
}: MaskInspection): string {
  const entries = palette === null ? '' : ` with ${palette} colours`;
  const kinds = `${different} different ${different === 1 ? 'value' : 'values'}`;
  return `${file}: ${format}, ${width}×${height}, ${channels}${entries}, ${bits} bits, ${kinds}`;
}

function describeMeaning({ meaning, refused }: MaskInspection): string {
  if (refused) return `refused: ${refused.what}\nwhat to do: ${refused.remedy}`;
  if (!meaning) return '';
  const objects = meaning.objects.map(
    ({ id, pixels, share }) => `object ${id}: ${pixels} pixels, ${(100 * share).toFixed(1)} % of the frame`,
  );
  return [`read as: ${meaning.kind}`, ...meaning.notes, ...objects].join('\n');
}
