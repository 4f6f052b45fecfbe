/** A text as it may stand within JSON: as it is, with escapes, and in ASCII alone, as some languages write it; each once. */
export function jsonSpellings(text: string): string[] {
  const escaped = JSON.stringify(text).slice(1, -1);
  const inAscii = escaped.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [...new Set([text, escaped, inAscii])];
}
