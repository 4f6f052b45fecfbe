import { isSensitiveHeader, MASKED_VALUE } from '../../activities/http/requestHeaders.ts';

type Headers = Record<string, string>;

/** Hides the values of authorization-like headers. */
export function maskHeaders(headers: Headers): Headers {
  return mapHeaders(headers, (name, value) => (isSensitiveHeader(name) ? MASKED_VALUE : value));
}

/** Puts the real value back where a caller sent the mask that it was shown. */
export function unmaskHeaders(sent: Headers, stored: Headers): Headers {
  const real = new Map(Object.entries(stored).map(([name, value]) => [name.toLowerCase(), value]));
  return mapHeaders(sent, (name, value) => (isMask(name, value) ? (real.get(name.toLowerCase()) ?? value) : value));
}

/** Whether this is what a hidden value is shown as. */
export function isMask(name: string, value: string): boolean {
  return isSensitiveHeader(name) && value === MASKED_VALUE;
}

function mapHeaders(headers: Headers, change: (name: string, value: string) => string): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, change(name, value)]));
}
