/** Mean J over the sequences that share a property: where a method fails. */
import { mean } from '../scores/statistics.js';
import type { Comparison } from './comparison.js';

export interface AttributeRow {
  /** Short name, such as `OCC`. */
  attribute: string;
  sequences: number;
  /** By method, in their order; null where none of their objects was scored. */
  J: (number | null)[];
}

/** A row for each property that some sequence has, in alphabetic order; each object weighs the same. */
export function attributeRows({ sequences, methods }: Comparison): AttributeRow[] {
  const attributes = [...new Set(sequences.flatMap((sequence) => sequence.attributes))].sort();
  return attributes.map((attribute) => {
    const own = new Set(sequences.filter((s) => s.attributes.includes(attribute)).map(({ name }) => name));
    const J = methods.map(({ objects }) =>
      mean(
        Object.entries(objects)
          .filter(
            ([name, scores]) => own.has(name.slice(0, name.lastIndexOf('_'))) && scores['J-Mean'] !== null,
          )
          .map(([, scores]) => scores['J-Mean']!),
      ),
    );
    return { attribute, sequences: own.size, J };
  });
}
