import type { Work } from '../../turns/LoopTurns.ts';
import { JsonTokens, type Token } from './JsonTokens.ts';

/** What a JSON text says: a string with a quote in front, any other scalar as it is spelled. */
type Value = string | Value[] | Map<string, Value>;

type Pair = [Value, Value | undefined];

/** Tokens, or comparisons, between two places where others may go on: a fraction of a millisecond. */
const STRIDE = 1000;

/**
 * Whether two valid JSON texts say the same: compared by value, numbers by their spelling (1.0 is not 1), the order of
 * members ignored (docs/CONTRACT.md §3).
 */
export function* sameJson(left: string, right: string): Work<boolean> {
  if (left === right) return true;
  const pairs: Pair[] = [[yield* build(left), yield* build(right)]];
  let compared = 0;
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const parts = partsOf(pair);
    if (!parts) return false;
    for (const part of parts) {
      compared += 1;
      if (compared % STRIDE === 0) yield;
      pairs.push(part);
    }
  }
  return true;
}

/** The parts that must be the same for two values to be; null when they differ for certain. */
function partsOf([a, b]: Pair): Iterable<Pair> | null {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length ? pairsOf(a, (index) => b[index]) : null;
  if (typeof a === 'string') return a === b ? [] : null;
  return b instanceof Map && a.size === b.size ? pairsOf(a, (name) => b.get(name)) : null;
}

function* pairsOf<K>(left: { entries(): Iterable<[K, Value]> }, right: (key: K) => Value | undefined): Iterable<Pair> {
  for (const [key, value] of left.entries()) yield [value, right(key)];
}

function* build(text: string): Work<Value> {
  const tokens = new JsonTokens(text);
  const whole: Value[] = [];
  const open: (Value[] | Map<string, Value>)[] = [whole];
  let name: string | null = null;
  let read = 0;
  for (let token = tokens.next(); token !== 'end'; token = tokens.next()) {
    read += 1;
    if (read % STRIDE === 0 || token === 'more') yield;
    if (token === '}' || token === ']') open.pop();
    const value = valueOf(token, tokens);
    if (value === null) continue;
    const into = open.at(-1);
    if (Array.isArray(into)) into.push(value);
    else if (name !== null) {
      into?.set(name, value);
      name = null;
    } else if (typeof value === 'string') name = value;
    if (typeof value !== 'string') open.push(value);
  }
  return whole[0] ?? '';
}

/** What begins with a token; null for one that begins nothing. */
function valueOf(token: Token, tokens: JsonTokens): Value | null {
  if (token === '{') return new Map();
  if (token === '[') return [];
  if (token === 'scalar') return tokens.written;
  if (token !== 'string') return null;
  const { written } = tokens;
  return written.includes('\\') ? `"${JSON.parse(written) as string}` : written.slice(0, -1);
}
