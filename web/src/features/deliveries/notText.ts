/** A text of which more than this share cannot be read is none. */
const UNREADABLE_SHARE = 0.1;
/** What stands for bytes that are no character, and control characters but for line breaks and tabs. */
// eslint-disable-next-line no-control-regex
const UNREADABLE = /[\uFFFD\u0000-\u0008\u000B\u000E-\u001F\u007F]/g;

/**
 * What an answer is that is not text, such as a picture: "image/png, 20,480 bytes"; null for text. Its bytes are not kept, so that is
 * all that can be told.
 */
export function notText(body: string, headers: Record<string, string> | null): string | null {
  const unreadable = body.match(UNREADABLE)?.length ?? 0;
  if (unreadable <= body.length * UNREADABLE_SHARE) return null;
  const type = headers?.['content-type'] ?? 'of no type';
  const length = Number(headers?.['content-length'] ?? NaN);
  return Number.isInteger(length) ? `${type}, ${length.toLocaleString('en')} bytes` : type;
}
