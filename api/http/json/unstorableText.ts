import { pointerStep } from '../jsonPointer.ts';

/** U+0000, and surrogates without their other half: PostgreSQL takes neither, or something else in their place. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** The JSON Pointer to the first text in a JSON value, or name in it, that the database cannot keep as it is; null for none. */
export function unstorableText(value: unknown): string | null {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? '' : null;
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return inItems(value);
  for (const [name, member] of Object.entries(value)) {
    const below = UNSTORABLE.test(name) ? '' : unstorableText(member);
    if (below !== null) return pointerStep(name) + below;
  }
  return null;
}

/** There may be a hundred thousand: nothing is made for each. */
function inItems(items: unknown[]): string | null {
  for (let index = 0; index < items.length; index += 1) {
    const below = unstorableText(items[index]);
    if (below !== null) return `/${index}${below}`;
  }
  return null;
}
