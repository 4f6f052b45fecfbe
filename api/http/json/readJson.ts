import { ApiProblem, validationProblem } from '../problem.ts';
import { pointerStep } from '../jsonPointer.ts';
import type { Work } from '../../turns/LoopTurns.ts';
import { scanJson, type JsonFault, type JsonPart, type ScanOptions } from './scanJson.ts';

/** How deep objects and arrays may nest, the outer one included (docs/CONTRACT.md §2). */
const MAX_JSON_DEPTH = 64;
/** A generous limit for a body whose items are checked one by one. */
const MAX_LIST_DEPTH = 1024;
/** The most members of a body with a large one, and the most characters of the others. */
const MAX_MEMBERS = 100;
const MAX_OTHER_MEMBER = 16_384;
/** Characters of a value that is read and checked at once: a millisecond or two. */
const SMALL = 16_384;

/** A JSON text's value, with the members of its outer object as they were written. */
export interface JsonDocument {
  value: unknown;
  /** Whether it can take milliseconds to check the value. */
  isLarge: boolean;
  /** The text of a member of the outer object; undefined when it has none of that name. */
  textOf: (member: string) => string | undefined;
  /** The texts of the items of `ReadOptions.list`. */
  items: string[];
}

export interface ReadOptions {
  /** A member of the outer object, an object, that is left unread: the value has an empty one in its place. */
  unread?: string | undefined;
  /**
   * A member of the outer object, an array, whose items are read one by one afterwards: the value has their texts, and what is
   * nested or named twice in them is left to whoever reads them.
   */
  list?: { of: string; max: number } | undefined;
}

/**
 * Reads a JSON text strictly (RFC 8259): names occur once in an object, nesting ends at {@link MAX_JSON_DEPTH}. With a member that is
 * not read no step takes long, whatever the text; else the longest is its `JSON.parse`.
 * @throws ApiProblem `invalid_json` or `validation_failed`.
 */
export function* readJson(text: string, { unread, list }: ReadOptions = {}): Work<JsonDocument> {
  const isWhole = unread === undefined && list === undefined;
  const limits: ScanOptions = {
    maxDepth: list ? MAX_LIST_DEPTH : MAX_JSON_DEPTH,
    uniqueNamesToDepth: list ? 1 : MAX_JSON_DEPTH,
    maxParts: isWhole ? Infinity : MAX_MEMBERS,
    items: list ?? null,
  };
  const { parts, fault } = yield* scanJson(text, limits);
  if (fault) throw faultProblem(fault, limits);
  const items = parts.find(({ name }) => name === list?.of)?.items ?? [];
  const isLarge = isWhole && text.length > SMALL;
  if (isLarge) yield;
  const value: unknown = isWhole ? JSON.parse(text) : valueOf(text, parts, { unread, list });
  if (isLarge) yield;
  return { value, isLarge, textOf: (member) => parts.find(({ name }) => name === member)?.text, items };
}

/** The value of an object, built without its large member; null for anything else. */
function valueOf(text: string, parts: JsonPart[], { unread, list }: ReadOptions): unknown {
  if (!/^[ \t\r\n]*\{/.test(text)) return null;
  const members = parts.map((part) => {
    if (part.name === unread) return [part.name, part.text.startsWith('{') ? {} : null];
    if (part.name === list?.of) return [part.name, part.text.startsWith('[') ? part.items : null];
    return [part.name, otherMember(part)];
  });
  return Object.fromEntries(members);
}

function otherMember({ name, text }: JsonPart): unknown {
  if (text.length <= MAX_OTHER_MEMBER) return JSON.parse(text);
  throw validationProblem([{ path: pointerStep(name ?? ''), message: 'is too large' }]);
}

function faultProblem(fault: JsonFault, { maxParts, items }: ScanOptions): ApiProblem {
  if (fault.kind === 'syntax') {
    const where = fault.position === null ? ' or ends too early' : `: see position ${fault.position}`;
    return new ApiProblem('invalid_json', `The body is not valid JSON${where}.`);
  }
  const messages = {
    depth: `is nested deeper than ${MAX_JSON_DEPTH} levels`,
    duplicate: 'occurs more than once',
    members: `has more than ${maxParts} members`,
    items: `must have at most ${items?.max} items`,
  };
  return validationProblem([{ path: fault.path, message: messages[fault.kind] }]);
}
