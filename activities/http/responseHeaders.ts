/** How much of the response headers is kept: names and values together, in bytes. */
const MAX_KEPT_HEADER_BYTES = 8 * 1024;

/**
 * Response headers as they are recorded: lower-case names, repeated ones joined with ", " (`set-cookie`, whose dates hold commas, by
 * lines: RFC 9110 §5.3), without blanks at their ends and
 * with U+FFFD for U+0000, which PostgreSQL cannot hold. A header that would take
 * the whole beyond {@link MAX_KEPT_HEADER_BYTES} is left out.
 */
export function keepHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  let room = MAX_KEPT_HEADER_BYTES;
  const kept: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    const joint = name.toLowerCase() === 'set-cookie' ? '\n' : ', ';
    const text = (Array.isArray(value) ? value.join(joint) : (value ?? '')).trim().replaceAll('\0', '\uFFFD');
    const size = name.length + Buffer.byteLength(text);
    if (size > room) continue;
    room -= size;
    kept.push([name.toLowerCase(), text]);
  }
  return Object.fromEntries(kept);
}
