/** U+0000, and surrogates without their other half: PostgreSQL takes neither, or something else in their place. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** The JSON Pointer to the first text in a JSON value, or name in it, that the database cannot keep as it is; null for none. */
export function unstorableText(value: unknown): string | null {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? '' : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, member] of Object.entries(value)) {
    const below = UNSTORABLE.test(name) ? '' : unstorableText(member);
    if (below !== null) return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}${below}`;
  }
  return null;
}
