import { NAME_LETTERS } from './bounds.js';

/** Names of tensors go into messages and files' headers: one short line each. */
export function isTensorName(name: string): boolean {
  return name.length <= NAME_LETTERS && !/\p{Cc}/u.test(name);
}
