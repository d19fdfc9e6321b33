/** JSON of unknown origin, looked at piece by piece: each function throws `annotations-unreadable` where it is otherwise. */
import { readFile } from 'node:fs/promises';
import { annotationFault } from './annotations.js';
import type { Point } from './polygon.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads a JSON file. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    throw annotationFault(`no valid JSON (${(error as Error).message})`, file, undefined, error);
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `what` names the value in the message: `annotation 7`. */
export function requireObject(value: unknown, what: string, file: string): JsonObject {
  if (!isObject(value)) throw annotationFault(`${what} is no JSON object`, file);
  return value;
}

export function requireList(value: unknown, what: string, file: string): readonly unknown[] {
  if (!Array.isArray(value)) throw annotationFault(`${what} is no list`, file);
  return value;
}

/** A width or height: a whole number above 0. */
export function requireSide(value: unknown, what: string, file: string): number {
  if (!Number.isInteger(value) || (value as number) < 1)
    throw annotationFault(`${what} is ${describe(value)}, no number of pixels`, file);
  return value as number;
}

export function requireText(value: unknown, what: string, file: string): string {
  if (typeof value !== 'string' || value === '')
    throw annotationFault(`${what} is ${describe(value)}, no text`, file);
  return value;
}

export function requireNumbers(value: unknown, what: string, file: string): number[] {
  const list = requireList(value, what, file);
  if (!list.every((item) => typeof item === 'number' && Number.isFinite(item)))
    throw annotationFault(`${what} holds what is no number`, file);
  return list as number[];
}

/** `[x, y, x, y, …]` → corners, at least three. */
export function requireCorners(flat: readonly number[], what: string, file: string): Point[] {
  if (flat.length % 2 !== 0 || flat.length < 6)
    throw annotationFault(
      `${what} has ${flat.length} coordinates, a polygon has at least three corners`,
      file,
    );
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]] as const);
}

function describe(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 40);
}
