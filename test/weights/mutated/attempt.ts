import { OsvosError } from '../../../src/errors.js';
import { convertWeights } from '../../../src/weights/read-trunk.js';
import { recogniseArchitecture } from '../../../src/weights/recognise.js';
import { readStm } from '../../../src/weights/stm/read-stm.js';
import { stmArchitecture } from '../../../src/weights/stm/stm-names.js';
import { readWeightFile } from '../../../src/weights/weight-file.js';

export interface Attempt {
  /** Read: all tensors came out, whether or not they are a network that is known. */
  outcome: 'read' | 'refused';
  /** Of the processor, for everything that an import does with the file. */
  milliseconds: number;
}

/** Reads a file, and takes it over as an import would. Throws whatever is no orderly refusal. */
export async function attempt(file: string): Promise<Attempt> {
  const since = process.cpuUsage();
  const outcome = (await isRefused(() => readSoundly(file))) ? 'refused' : 'read';
  await isRefused(async () => {
    const architecture = await recogniseArchitecture(file);
    await (architecture === stmArchitecture ? readStm(file) : convertWeights(architecture, file));
  });
  const { user, system } = process.cpuUsage(since);
  return { outcome, milliseconds: (user + system) / 1000 };
}

async function readSoundly(file: string): Promise<void> {
  for (const [name, { shape, data }] of (await readWeightFile(file)).tensors) {
    const count = shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1);
    if (data.length !== count)
      throw new Error(`${name} has ${data.length} numbers for [${shape.join(', ')}]`);
  }
}

async function isRefused(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (!(error instanceof OsvosError)) throw error;
    const orderly =
      ['weights-unfit', 'usage'].includes(error.code) && /^\P{Cc}{1,20000}$/u.test(error.message);
    if (!orderly)
      throw new Error(`no orderly refusal: ${error.code}, ${JSON.stringify(error.message.slice(0, 500))}`, {
        cause: error,
      });
    return true;
  }
}
