import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { AuditEntry, ShortenedValue } from '../../contract/access.ts';

/** Left out: the entry itself has them, or every change changes them. */
const LEFT_OUT = new Set(['id', 'createdAt', 'updatedAt', 'lastUsedAt']);

/** An entry's changes are no longer than this, as JSON. */
const ENTRY_BYTES = 16_384;
/** How much is kept of a value that is longer, tried in turn until the entry is short enough. */
const VALUE_BYTES = [1024, 512, 256, 128, 0];

/**
 * Member by member what differs between two states of an object; an absent one has all its members null. What is long is
 * shortened, so that nobody fills the trail, which cannot be emptied, by changes.
 */
export function changesBetween(before: object | undefined, after: object | undefined): AuditEntry['changes'] {
  const old = new Map<string, unknown>(Object.entries(before ?? {}));
  const now = new Map<string, unknown>(Object.entries(after ?? {}));
  const names = [...new Set([...old.keys(), ...now.keys()])].filter((name) => !LEFT_OUT.has(name));
  const changes = Object.fromEntries(
    names
      .map((name) => [name, { before: old.get(name) ?? null, after: now.get(name) ?? null }] as const)
      .filter(([, change]) => !isDeepStrictEqual(change.before, change.after)),
  );
  return shortEnough(changes);
}

function shortEnough(changes: AuditEntry['changes']): AuditEntry['changes'] {
  for (const bytes of VALUE_BYTES) {
    const shortened = Object.entries(changes).map(([name, { before, after }]) => [
      name,
      { before: shorten(before, bytes), after: shorten(after, bytes) },
    ]);
    const result = Object.fromEntries(shortened) as AuditEntry['changes'];
    if (Buffer.byteLength(JSON.stringify(result)) <= ENTRY_BYTES) return result;
  }
  return {};
}

function shorten(value: unknown, bytes: number): unknown {
  const json = Buffer.from(JSON.stringify(value));
  if (json.length <= bytes) return value;
  // As a stream it leaves out what the cut left of a character.
  const start = new TextDecoder().decode(json.subarray(0, bytes), { stream: true });
  const sha256 = createHash('sha256').update(json).digest('hex');
  return { shortened: true, start, bytes: json.length, sha256 } satisfies ShortenedValue;
}
