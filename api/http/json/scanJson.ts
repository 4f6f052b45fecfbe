import { createScanner } from 'jsonc-parser';
import { pointerStep } from '../jsonPointer.ts';

/** jsonc-parser's token kinds, which it declares in a way that cannot be imported from one file at a time. */
const TOKEN = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  colon: 6,
  string: 10,
  end: 17,
} as const;

/** One member or item of the outermost object or array, as it was written. */
export interface JsonPart {
  /** The member's name; null for an array's item. */
  name: string | null;
  text: string;
}

export interface JsonFault {
  kind: 'depth' | 'duplicate';
  /** JSON Pointer (RFC 6901) to what is wrong. */
  path: string;
}

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
}

interface Frame {
  /** Null in an array. */
  names: Set<string> | null;
  name: string;
  index: number;
  expectsName: boolean;
}

/**
 * Looks at the structure of a JSON text without recursion, so that no nesting can exhaust the stack. It finds what
 * `JSON.parse` hides (names that occur twice, how things were written) but is no syntax check: that stays with
 * `JSON.parse`. Stops at the first fault of depth.
 */
export function scanJson(text: string, { maxDepth, uniqueNamesToDepth }: ScanOptions): JsonScan {
  const scanner = createScanner(text, true);
  const stack: Frame[] = [];
  const parts: JsonPart[] = [];
  let fault: JsonFault | null = null;
  let partStart = -1;
  let end = 0;

  const finishPart = (frame: Frame): void => {
    if (partStart >= 0) parts.push({ name: frame.names ? frame.name : null, text: text.slice(partStart, end) });
    partStart = -1;
  };

  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    const frame = stack.at(-1);
    if (token === TOKEN.comma) {
      if (frame && stack.length === 1) finishPart(frame);
      if (frame) frame.expectsName = frame.names !== null;
      if (frame) frame.index += 1;
      continue;
    }
    if (token === TOKEN.colon) continue;
    if (token === TOKEN.closeBrace || token === TOKEN.closeBracket) {
      if (frame && stack.length === 1) finishPart(frame);
      stack.pop();
      end = scanner.getTokenOffset() + 1;
      continue;
    }
    if (token === TOKEN.string && frame?.expectsName) {
      frame.name = scanner.getTokenValue();
      frame.expectsName = false;
      if (stack.length > uniqueNamesToDepth) continue;
      if (frame.names?.has(frame.name)) fault ??= { kind: 'duplicate', path: pointer(stack) };
      frame.names?.add(frame.name);
      continue;
    }
    if (stack.length === 1 && partStart < 0) partStart = scanner.getTokenOffset();
    end = scanner.getTokenOffset() + scanner.getTokenLength();
    if (token === TOKEN.openBrace || token === TOKEN.openBracket) {
      if (stack.length === maxDepth) return { parts, fault: { kind: 'depth', path: pointer(stack) } };
      const isObject = token === TOKEN.openBrace;
      stack.push({ names: isObject ? new Set() : null, name: '', index: 0, expectsName: isObject });
    }
  }
  return { parts, fault };
}

function pointer(stack: Frame[]): string {
  return stack.map(({ names, name, index }) => (names ? pointerStep(name) : `/${index}`)).join('');
}
