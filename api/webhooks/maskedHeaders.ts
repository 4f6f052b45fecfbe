import { isSensitiveHeader, MASKED_VALUE } from '../../activities/http/requestHeaders.ts';

type Headers = Record<string, string>;

/** Puts the real value back where a caller sent the mask that he was shown (contract §8, "PUT"). */
export function unmaskHeaders(sent: Headers, stored: Headers): Headers {
  const real = new Map(Object.entries(stored).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [
      name,
      isMask(name, value) ? (real.get(name.toLowerCase()) ?? value) : value,
    ]),
  );
}

/** Whether this is what a hidden value is shown as. */
export function isMask(name: string, value: string): boolean {
  return isSensitiveHeader(name) && value === MASKED_VALUE;
}
