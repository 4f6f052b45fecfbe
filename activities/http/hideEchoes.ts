import { isSensitiveHeader, MASKED_VALUE } from '../../contract/maskedHeaders.ts';
import type { HttpResponse } from './exchange.ts';

/** What is shorter might stand in an answer for another reason. */
const SHORTEST = 8;

/**
 * An answer as it may be kept: with the mask where it repeats the value of a header that is hidden from readers, as endpoints that
 * echo their request do; whole, without its scheme ("Bearer"), or the beginning of it where the answer was cut.
 */
export function hideEchoes(response: HttpResponse, sent: Record<string, string>): HttpResponse {
  const values = Object.entries(sent).flatMap(([name, value]) => (isSensitiveHeader(name) ? formsOf(value) : []));
  if (values.length === 0) return response;
  const hide = (text: string) =>
    hideEnd(
      values.reduce((rest, value) => rest.replaceAll(value, MASKED_VALUE), text),
      values,
    );
  const headers = Object.entries(response.headers).map(([name, value]) => [name, hide(value)] as const);
  return { ...response, body: hide(response.body), headers: Object.fromEntries(headers) };
}

/** The longest first, so that what is left of none can be read. */
function formsOf(value: string): string[] {
  const bare = value.replace(/^\S+ +/, '');
  const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
  return [inJson(value), value, inJson(bare), bare].filter((form) => form.length >= SHORTEST);
}

function hideEnd(text: string, values: readonly string[]): string {
  for (const value of values) {
    for (let length = Math.min(value.length - 1, text.length); length >= SHORTEST; length--) {
      if (text.endsWith(value.slice(0, length))) return text.slice(0, -length) + MASKED_VALUE;
    }
  }
  return text;
}
