/** Variants of methods, as `compare` takes them: `osvos@iterations=50@no-parent` is `--method osvos --iterations 50 --no-parent`. */
import { Parser } from '@oclif/core';
import type { Contender } from '../jobs/compare-contenders.js';
import { snapSettings } from './snap-flags.js';
import { masksOnly } from '../jobs/segment-options.js';
import { OsvosError } from '../errors.js';
import { methodNames, type MethodName } from '../methods/registry.js';
import { chooseMethod, takesFlag } from './method-flags.js';
import { segmentingFlags } from './segmenting-flags.js';

/** Splits a list of variants at its commas; those within a variant, as in `osvos@scales=1,0.5`, stay. */
export function splitVariants(text: string): string[] {
  const parts: string[] = [];
  for (const part of text.split(',')) {
    const name = part.trim().split('@')[0];
    if (parts.length === 0 || (methodNames as string[]).includes(name)) parts.push(part.trim());
    else parts[parts.length - 1] += `,${part}`;
  }
  return parts.filter((part) => part !== '');
}

/** An option and the values that it is to take. */
export interface Sweep {
  option: string;
  values: string[];
}

/** Reads `iterations=0,50,100`. Throws `usage`. */
export function parseSweep(text: string): Sweep {
  const [, option, list] = /^-*([\w-]+)=(.+)$/.exec(text) ?? [];
  const values = [...new Set((list ?? '').split(',').map((value) => value.trim()))];
  if (option !== undefined && values.length > 1 && !values.includes('')) return { option, values };
  const remedy = 'for example --sweep iterations=0,50,100';
  throw new OsvosError('usage', 'no option with several different values', `--sweep ${text}`, remedy);
}

/**
 * The variants of a list; with a sweep, one for each of its values in the place of each whose method has that option.
 *
 * @throws OsvosError `usage` where no method has the option, and as `parseVariant`
 */
export async function parseContenders(list: string, sweep?: Sweep): Promise<Contender[]> {
  const variants = splitVariants(list);
  if (variants.length === 0) throw new OsvosError('usage', 'no method is named', `--methods ${list}`);
  const swept = (text: string) => sweep && takesFlag(text.split('@')[0] as MethodName, sweep.option);
  if (sweep && !variants.some(swept)) {
    const what = `none of the methods has the option ${sweep.option}`;
    throw new OsvosError('usage', what, `--sweep ${sweep.option}=…`, 'options are those of osvos segment');
  }
  const contenders = variants.map(async (of) => {
    if (!sweep || !swept(of)) return [await parseVariant(of)];
    const { option: name, values } = sweep;
    return Promise.all(
      values.map(async (value) => ({
        ...(await parseVariant(`${of}@${name}=${value}`)),
        series: { of, name, value },
      })),
    );
  });
  return (await Promise.all(contenders)).flat();
}

/**
 * What a variant stands for: any flag of `osvos segment` that says how to segment, without its dashes.
 *
 * @throws OsvosError `usage` for a method or an option that there is not, and as the flags themselves
 */
export async function parseVariant(text: string): Promise<Contender> {
  const [method, ...options] = text.split('@');
  if (!(methodNames as string[]).includes(method)) {
    throw new OsvosError(
      'usage',
      `no method is named ${method}`,
      text,
      `choose from ${methodNames.join(', ')}`,
    );
  }
  const argv = ['--method', method, ...options.map((option) => `--${option}`)];
  const { flags, raw } = await Parser.parse(argv, { flags: segmentingFlags, strict: true }).catch(
    (error: unknown) => {
      if (error instanceof OsvosError) throw error;
      const what = error instanceof Error ? error.message.split('\n')[0] : String(error);
      throw new OsvosError(
        'usage',
        what,
        text,
        'options are those of osvos segment, such as osvos@iterations=50',
        {
          cause: error,
        },
      );
    },
  );
  const given = new Set(raw.flatMap((token) => (token.type === 'flag' ? [token.flag] : [])));
  given.delete('method');
  return chooseMethod(
    { ...flags, asItIs: flags['no-fine-tuning'] },
    given,
    ({ method, options, threshold }) => ({
      ...{ label: text, method: flags.method, family: method.family, options },
      settings: { ...masksOnly, threshold, keep: flags.keep, snap: snapSettings(flags) },
    }),
  );
}
