/** Python's pickle machine, reduced to what arranges values: a stack, marks on it, and a memo of values seen. */
import { damaged, printable, unfit } from '../unfit.js';
import { callGlobal, isKnownGlobal, setEntry, setState, storageOf, type PickleContext } from './globals.js';
import { PICKLE_DEPTH, PICKLE_STEPS } from './limits.js';
import { opcodes as op } from './pickle-opcodes.js';
import { readPickleBytes } from './pickle-reader.js';
import {
  describe,
  type PickleDict,
  type PickleList,
  type PickleValue,
  type Storage,
} from './pickle-values.js';
import { SAVE_PLAIN } from './save-plain.js';

export interface Unpickled {
  value: PickleValue;
  /** Where the next byte after the pickle is. */
  end: number;
  /** All that the value refers to, by key. */
  storages: ReadonlyMap<string, Storage>;
}

/** Newest pickle protocol; 2 is what PyTorch writes unless told otherwise. */
const NEWEST_PROTOCOL = 5;

/**
 * Reads one pickle. Only instructions that PyTorch's writer needs, and only the names in `globals.ts`, are known; time
 * and memory grow with the bytes read and end at the bounds of `limits.ts`.
 *
 * @param where file and part of it, for errors
 * @throws OsvosError `weights-unfit` for a pickle that is damaged or asks for anything else
 */
export function unpickle(bytes: Uint8Array, start: number, where: string): Unpickled {
  const reader = readPickleBytes(bytes, start, where);
  const context: PickleContext = { where, copied: 0, storages: new Map() };
  const stack: PickleValue[] = [];
  const marks: number[] = [];
  const memo = new Map<number, PickleValue>();

  const pop = (): PickleValue => {
    if (stack.length <= (marks.at(-1) ?? 0))
      throw damaged('the pickle takes a value that it has not put down', where);
    return stack.pop()!;
  };
  const top = (): PickleValue => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const popToMark = (): PickleValue[] => {
    const mark = marks.pop();
    if (mark === undefined) throw damaged('the pickle goes back to a mark that it has not set', where);
    return stack.splice(mark);
  };
  const topList = (): PickleList => {
    const list = top();
    if (typeof list === 'object' && list?.kind === 'list') return list;
    throw damaged(`the pickle appends to ${describe(list)}`, where);
  };
  const setItems = (pairs: PickleValue[]) => {
    const dict = top();
    if (typeof dict !== 'object' || dict?.kind !== 'dict' || pairs.length % 2 !== 0) {
      throw damaged(`the pickle sets entries of ${describe(dict)}`, where);
    }
    for (let i = 0; i < pairs.length; i += 2) setEntry(dict, pairs[i], pairs[i + 1], context);
  };
  const remember = (index: number) => void memo.set(index, top());
  const recall = (index: number) => {
    const value = memo.get(index);
    if (value === undefined) throw damaged(`the pickle recalls value ${index} that it has not kept`, where);
    stack.push(value);
  };
  const tuple = (items: PickleValue[]) => stack.push({ kind: 'tuple', items });
  /** The last `count` values, in the order in which they were put down. */
  const last = (count: number) => Array.from({ length: count }, pop).reverse();
  const name = (module: PickleValue, member: PickleValue) => {
    if (typeof module !== 'string' || typeof member !== 'string') {
      throw damaged(`the pickle asks for ${describe(member)} of ${describe(module)}`, where);
    }
    const full = `${module}.${member}`;
    if (!isKnownGlobal(full)) {
      throw unfit(
        `it asks for ${printable(full)}, which weights do not need; nothing of it was run`,
        where,
        SAVE_PLAIN,
      );
    }
    stack.push({ kind: 'global', name: full });
  };

  for (let step = 0; ; step++) {
    if (step === PICKLE_STEPS)
      throw unfit(`its pickle has more than ${PICKLE_STEPS} steps`, where, SAVE_PLAIN);
    const at = reader.position;
    const code = reader.uint8();
    switch (code) {
      case op.PROTO: {
        const protocol = reader.uint8();
        if (protocol > NEWEST_PROTOCOL) throw damaged(`pickles of protocol ${protocol} are not known`, where);
        break;
      }
      case op.FRAME:
        reader.integer(8);
        break;
      case op.STOP: {
        const value = pop();
        if (stack.length > 0 || marks.length > 0)
          throw damaged('the pickle ends with more than one value', where);
        return { value, end: reader.position, storages: context.storages };
      }
      case op.MARK:
        if (marks.length === PICKLE_DEPTH)
          throw unfit(`its pickle is nested more than ${PICKLE_DEPTH} deep`, where, SAVE_PLAIN);
        marks.push(stack.length);
        break;

      case op.NONE:
        stack.push(null);
        break;
      case op.NEWTRUE:
        stack.push(true);
        break;
      case op.NEWFALSE:
        stack.push(false);
        break;
      case op.BININT:
        stack.push(reader.int32());
        break;
      case op.BININT1:
        stack.push(reader.uint8());
        break;
      case op.BININT2:
        stack.push(reader.uint16());
        break;
      case op.LONG1:
        stack.push(reader.integer(reader.uint8()));
        break;
      case op.BINFLOAT:
        stack.push(reader.float64());
        break;
      case op.SHORT_BINSTRING:
        stack.push(reader.text(reader.uint8(), 'latin1'));
        break;
      case op.BINSTRING:
        stack.push(reader.text(reader.uint32(), 'latin1'));
        break;
      case op.SHORT_BINUNICODE:
        stack.push(reader.text(reader.uint8(), 'utf-8'));
        break;
      case op.BINUNICODE:
        stack.push(reader.text(reader.uint32(), 'utf-8'));
        break;

      case op.EMPTY_TUPLE:
        tuple([]);
        break;
      case op.TUPLE1:
        tuple(last(1));
        break;
      case op.TUPLE2:
        tuple(last(2));
        break;
      case op.TUPLE3:
        tuple(last(3));
        break;
      case op.TUPLE:
        tuple(popToMark());
        break;
      case op.EMPTY_LIST:
        stack.push({ kind: 'list', items: [] });
        break;
      case op.APPEND: {
        const item = pop();
        topList().items.push(item);
        break;
      }
      case op.APPENDS: {
        const items = popToMark();
        const list = topList();
        for (const item of items) list.items.push(item);
        break;
      }
      case op.EMPTY_DICT:
        stack.push({ kind: 'dict', entries: new Map() } satisfies PickleDict);
        break;
      case op.SETITEM:
        setItems(last(2));
        break;
      case op.SETITEMS:
        setItems(popToMark());
        break;

      case op.BINPUT:
        remember(reader.uint8());
        break;
      case op.LONG_BINPUT:
        remember(reader.uint32());
        break;
      case op.MEMOIZE:
        remember(memo.size);
        break;
      case op.BINGET:
        recall(reader.uint8());
        break;
      case op.LONG_BINGET:
        recall(reader.uint32());
        break;

      case op.GLOBAL:
        name(reader.line(), reader.line());
        break;
      case op.STACK_GLOBAL: {
        const [module, member] = last(2);
        name(module, member);
        break;
      }
      // a class that makes an object of its arguments, or a function that returns one: no difference here
      case op.REDUCE:
      case op.NEWOBJ: {
        const [callee, args] = last(2);
        stack.push(callGlobal(callee, args, context));
        break;
      }
      case op.BUILD: {
        const state = pop();
        setState(top(), state, context);
        break;
      }
      case op.BINPERSID:
        stack.push(storageOf(pop(), context));
        break;
      default:
        throw unfit(
          `its pickle has the instruction 0x${code.toString(16).padStart(2, '0')} at byte ${at}, which PyTorch does not write`,
          where,
          SAVE_PLAIN,
        );
    }
  }
}
