import { isDeepStrictEqual } from 'node:util';
import type { AuditEntry } from '../../contract/access.ts';

/** Left out: the entry itself has them, or every change changes them. */
const LEFT_OUT = new Set(['id', 'createdAt', 'updatedAt', 'lastUsedAt']);

/** Member by member what differs between two states of an object; an absent one has all its members null. */
export function changesBetween(before: object | undefined, after: object | undefined): AuditEntry['changes'] {
  const old = new Map<string, unknown>(Object.entries(before ?? {}));
  const now = new Map<string, unknown>(Object.entries(after ?? {}));
  const names = [...new Set([...old.keys(), ...now.keys()])].filter((name) => !LEFT_OUT.has(name));
  return Object.fromEntries(
    names
      .map((name) => [name, { before: old.get(name) ?? null, after: now.get(name) ?? null }] as const)
      .filter(([, change]) => !isDeepStrictEqual(change.before, change.after)),
  );
}
