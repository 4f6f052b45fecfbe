import { pointerStep } from '../jsonPointer.ts';
import type { Work } from '../../turns/LoopTurns.ts';
import { JsonTokens, type Token } from './JsonTokens.ts';

/** One member of the outer object, or item of the outer array, as it was written. */
export interface JsonPart {
  /** The member's name; null for an array's item. */
  name: string | null;
  text: string;
  /** Its own items, of the member that `ScanOptions.items` names. */
  items: string[];
}

/** `position` is null for a text that ends too early; `path` is a JSON Pointer (RFC 6901) to what is wrong. */
export type JsonFault =
  { kind: 'syntax'; position: number | null } | { kind: 'depth' | 'duplicate' | 'members' | 'items'; path: string };

export interface JsonScan {
  parts: JsonPart[];
  /** The first thing wrong, or null. */
  fault: JsonFault | null;
}

export interface ScanOptions {
  /** How deep objects and arrays may be nested; the outermost is 1. */
  maxDepth: number;
  /** Down to which depth a name may occur only once in an object. */
  uniqueNamesToDepth: number;
  /** How many parts there may be. */
  maxParts: number;
  /** The member of the outer object whose items are told apart, and how many it may have. */
  items: { of: string; max: number } | null;
}

/** An object or array that is being read. */
interface Frame {
  isObject: boolean;
  /** Null where names may occur again. */
  names: Set<string> | null;
  name: string;
  index: number;
}

/** Characters that are read between two places where others may go on: a fraction of a millisecond. */
const STRIDE = 16_384;

/**
 * Checks a JSON text (RFC 8259) and its structure without building what it says, and without recursion, so that no nesting
 * can exhaust the stack. It takes what `JSON.parse` takes, and finds what that hides: names that occur twice, and how things
 * were written. Stops at the first fault; a name that occurs twice is told when there is no other.
 */
export function* scanJson(text: string, options: ScanOptions): Work<JsonScan> {
  const structure = new Structure(text, options);
  for (let pauseAt = STRIDE; structure.step();) {
    if (structure.position < pauseAt) continue;
    yield;
    pauseAt = structure.position + STRIDE;
  }
  return structure;
}

class Structure implements JsonScan {
  readonly parts: JsonPart[] = [];
  fault: JsonFault | null = null;
  readonly #tokens: JsonTokens;
  readonly #options: ScanOptions;
  readonly #stack: Frame[] = [];
  /** Where the value begins that is being read at each depth, down to the items of parts. */
  readonly #starts = [0, 0, 0];
  #items: string[] = [];
  #expected: 'value' | 'name' | 'colon' | 'comma' | 'nothing' = 'value';
  /** Right after an opening bracket the closing one may follow. */
  #mayClose = false;

  constructor(text: string, options: ScanOptions) {
    this.#tokens = new JsonTokens(text);
    this.#options = options;
  }

  get position(): number {
    return this.#tokens.end;
  }

  /** Takes the next token; false at the end, or at a fault that ends it. */
  step(): boolean {
    const token = this.#tokens.next();
    const expected = this.#expected;
    const mayClose = this.#mayClose;
    this.#mayClose = false;
    switch (token) {
      case 'string':
        return expected === 'name' ? this.#name() : this.#value(token);
      case 'scalar':
      case '{':
      case '[':
        return this.#value(token);
      case '}':
      case ']':
        return expected === 'comma' || mayClose ? this.#close(token) : this.#wrong();
      case ',':
        return expected === 'comma' ? this.#comma() : this.#wrong();
      case ':':
        return expected === 'colon' ? this.#expect('value') : this.#wrong();
      case 'end':
        return expected === 'nothing' ? false : this.#stop({ kind: 'syntax', position: null });
      case 'wrong':
        return this.#wrong();
      case 'more':
        this.#mayClose = mayClose;
        return true;
    }
  }

  #value(token: Token): boolean {
    if (this.#expected !== 'value') return this.#wrong();
    const depth = this.#stack.length;
    if (depth < this.#starts.length) this.#starts[depth] = this.#tokens.start;
    if (token !== '{' && token !== '[') return this.#valueEnded();
    const { maxDepth, uniqueNamesToDepth } = this.#options;
    if (depth === maxDepth) return this.#stop({ kind: 'depth', path: this.#path() });
    const isObject = token === '{';
    const names = isObject && depth < uniqueNamesToDepth ? new Set<string>() : null;
    this.#stack.push({ isObject, names, name: '', index: 0 });
    this.#mayClose = true;
    return this.#expect(isObject ? 'name' : 'value');
  }

  #name(): boolean {
    const frame = this.#stack.at(-1);
    if (!frame) return this.#wrong();
    const { written } = this.#tokens;
    frame.name = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
    if (frame.names?.has(frame.name)) this.fault ??= { kind: 'duplicate', path: this.#path() };
    frame.names?.add(frame.name);
    return this.#expect('colon');
  }

  #comma(): boolean {
    const frame = this.#stack.at(-1);
    if (!frame) return this.#wrong();
    frame.index += 1;
    return this.#expect(frame.isObject ? 'name' : 'value');
  }

  #close(token: '}' | ']'): boolean {
    const frame = this.#stack.at(-1);
    if (frame?.isObject !== (token === '}')) return this.#wrong();
    this.#stack.pop();
    return this.#valueEnded();
  }

  #valueEnded(): boolean {
    const depth = this.#stack.length;
    this.#expected = depth === 0 ? 'nothing' : 'comma';
    if (depth === 1) return this.#partEnded();
    return depth === 2 ? this.#itemEnded() : true;
  }

  #partEnded(): boolean {
    const [frame] = this.#stack;
    if (this.parts.length === this.#options.maxParts) return this.#stop({ kind: 'members', path: '' });
    const name = frame?.isObject ? frame.name : null;
    this.parts.push({ name, text: this.#written(1), items: this.#items });
    this.#items = [];
    return true;
  }

  #itemEnded(): boolean {
    const { items } = this.#options;
    const [outer, frame] = this.#stack;
    if (!items || outer?.name !== items.of || frame?.isObject) return true;
    if (this.#items.length === items.max) return this.#stop({ kind: 'items', path: pointerStep(items.of) });
    this.#items.push(this.#written(2));
    return true;
  }

  #written(depth: number): string {
    return this.#tokens.text.slice(this.#starts[depth], this.#tokens.end);
  }

  #expect(next: 'value' | 'name' | 'colon'): boolean {
    this.#expected = next;
    return true;
  }

  #wrong(): boolean {
    return this.#stop({ kind: 'syntax', position: this.#tokens.start });
  }

  #stop(fault: JsonFault): boolean {
    this.fault = fault;
    return false;
  }

  #path(): string {
    return this.#stack.map(({ isObject, name, index }) => (isObject ? pointerStep(name) : `/${index}`)).join('');
  }
}
