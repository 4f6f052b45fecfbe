import { ApiProblem, validationProblem } from '../problem.ts';
import { scanJson, type JsonFault, type JsonPart, type ScanOptions } from './scanJson.ts';

/** How deep objects and arrays may nest, the outer one included (docs/CONTRACT.md §2). */
const MAX_JSON_DEPTH = 64;
/** A generous limit for a body whose items are checked one by one. */
const MAX_CONTAINER_DEPTH = 1024;

/** A JSON text's value, with the members of its outer object as they were written. */
export interface JsonDocument {
  value: unknown;
  /** The text of a member of the outer object; undefined when it has none of that name. */
  textOf(member: string): string | undefined;
}

/** Names occur once in an object, nesting ends at {@link MAX_JSON_DEPTH}. */
const STRICT: ScanOptions = { maxDepth: MAX_JSON_DEPTH, uniqueNamesToDepth: MAX_JSON_DEPTH };
/** Only the outer object is checked. */
const CONTAINER: ScanOptions = { maxDepth: MAX_CONTAINER_DEPTH, uniqueNamesToDepth: 1 };

/**
 * Reads a JSON text strictly (RFC 8259).
 * @param options.itemsCheckedAlone leaves depth and repeated names inside of members to {@link checkJson}.
 * @throws ApiProblem `invalid_json` or `validation_failed`.
 */
export function readJson(text: string, { itemsCheckedAlone = false } = {}): JsonDocument {
  const { parts, fault } = scanJson(text, itemsCheckedAlone ? CONTAINER : STRICT);
  // Depth goes before the syntax check, so that no parser ever meets a text that is nested without end.
  if (fault?.kind === 'depth') throw faultProblem(fault);
  const value = parse(text);
  if (fault) throw faultProblem(fault);
  return document(value, parts);
}

/** The items of a valid JSON array as they were written. */
export function splitItems(arrayText: string): string[] {
  const { parts } = scanJson(arrayText, CONTAINER);
  return parts.map((part) => part.text);
}

/** Does for a text that is valid JSON, and its parsed value, what {@link readJson} does. @throws ApiProblem */
export function checkJson(text: string, value: unknown): JsonDocument {
  const { parts, fault } = scanJson(text, STRICT);
  if (fault) throw faultProblem(fault);
  return document(value, parts);
}

function document(value: unknown, parts: JsonPart[]): JsonDocument {
  return { value, textOf: (member) => parts.find(({ name }) => name === member)?.text };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = /position \d+(?: \(line \d+ column \d+\))?/.exec(error instanceof Error ? error.message : '')?.[0];
    throw new ApiProblem('invalid_json', `The body is not valid JSON${at ? `: see ${at}` : ' or ends too early'}.`);
  }
}

function faultProblem({ kind, path }: JsonFault): ApiProblem {
  const message = kind === 'depth' ? `is nested deeper than ${MAX_JSON_DEPTH} levels` : 'occurs more than once';
  return validationProblem([{ path, message }]);
}
