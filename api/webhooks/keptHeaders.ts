import { originOf } from '../../contract/hiddenValues.ts';
import { isMask, isSensitiveHeader } from '../../contract/maskedHeaders.ts';

type Headers = Record<string, string>;
interface Target {
  url: string;
  headers: Headers;
}

/**
 * The headers of a webhook after a change: where a caller sent the mask that it was shown, or left headers out, the real values stay.
 * They were given for the origin that they were stored with (RFC 6454): with another one they are forgotten, or whoever may
 * change a webhook could have sent to himself what he cannot read.
 * @param sent null when they were left out.
 * @param url that is to be sent to from now on.
 */
export function headersAfter(sent: Headers | null, url: string, stored: Target): Headers {
  const isForgotten = originOf(url) !== originOf(stored.url);
  if (!sent) return isForgotten ? only(stored.headers, (name) => !isSensitiveHeader(name)) : stored.headers;
  const real = new Map(Object.entries(stored.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const known = (name: string) => real.get(name.toLowerCase());
  const kept = isForgotten ? only(sent, (name, value) => !isMask(name, value) || known(name) === undefined) : sent;
  return Object.fromEntries(
    Object.entries(kept).map(([name, value]) => [name, isMask(name, value) ? (known(name) ?? value) : value]),
  );
}

function only(headers: Headers, isWanted: (name: string, value: string) => boolean): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name, value]) => isWanted(name, value)));
}
