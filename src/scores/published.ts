/** Values that others published, in the forms of the challenge site (davisvideochallenge.github.io, `json_data/raw_eval`). */
import { scoreObject, type ObjectScores } from './evaluation.js';

/** Published scores by sequence and object. */
export interface Published {
  /** Name of the method; undefined where the file has none. */
  id?: string;
  /** By `<sequence>_<object>`. */
  objects: Record<string, ObjectScores>;
}

/**
 * Reads `{"id", "<sequence>": {"J": ["0.950", …], "F": […]}}`, values of all scored frames, or
 * `{"<sequence>_<object>": {"J": "0.498", "F": "0.637"}}`, means, from which neither recall nor decay can be told.
 *
 * @returns a line that says what is wrong where it is neither
 */
export function readPublished(value: unknown): Published | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no table of sequences';
  const { id, ...rows } = value as Record<string, unknown>;
  const objects: Record<string, ObjectScores> = {};
  for (const [name, row] of Object.entries(rows)) {
    const { J, F } = (row ?? {}) as { J?: unknown; F?: unknown };
    if (Array.isArray(J) && Array.isArray(F)) {
      if (J.length !== F.length) return `${name} has ${J.length} values of J and ${F.length} of F`;
      const frames = J.map((text, i) => ({ J: Number(text), F: Number(F[i]) }));
      if (!frames.every(isScore)) return `${name} has a value that is no number from 0 to 1`;
      objects[/_\d+$/.test(name) ? name : `${name}_1`] = scoreObject(frames);
    } else {
      const means = { J: Number(J ?? NaN), F: Number(F ?? NaN) };
      if (!isScore(means)) return `${name} has no values J and F from 0 to 1`;
      objects[name] = meansOnly(means);
    }
  }
  if (Object.keys(objects).length === 0) return 'no sequence with J and F';
  return { id: typeof id === 'string' ? id : undefined, objects };
}

function isScore({ J, F }: { J: number; F: number }): boolean {
  return [J, F].every((value) => value >= 0 && value <= 1);
}

function meansOnly({ J, F }: { J: number; F: number }): ObjectScores {
  return {
    'J&F-Mean': (J + F) / 2,
    ...{ 'J-Mean': J, 'J-Recall': null, 'J-Decay': null },
    ...{ 'F-Mean': F, 'F-Recall': null, 'F-Decay': null },
    ...{ J: [], F: [] },
  };
}
