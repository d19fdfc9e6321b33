import { NAME_LETTERS } from './bounds.js';

/** Whether a name from a file may stand in messages and headers: short, and nothing that moves a terminal's cursor. */
export function isOneLine(name: string): boolean {
  return name.length <= NAME_LETTERS && !/\p{Cc}/u.test(name);
}
