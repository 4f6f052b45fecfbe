/**
 * The path and query of a URL as they are written, which is how they are sent: a parser would rewrite quotes, dot segments
 * and an empty query, and so break links that are signed. Only what no request line can hold (RFC 9112 §3.2) is
 * percent-encoded, as UTF-8.
 * @param text an http or https URL without a fragment.
 */
export function requestTarget(text: string): string {
  const written = /^https?:\/\/[^/?#\\]+(.*)$/is.exec(text)?.[1] ?? '';
  const target = written.startsWith('/') ? written : `/${written}`;
  return target.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
}
