import { v7, validate } from 'uuid';

/** A new UUIDv7: ids sort by time, and within one process in the order they were made. */
export function newId(): string {
  return v7();
}

/** The moment that a UUIDv7 carries, in whole milliseconds; `createdAt` is this, so that ids and times never disagree. */
export function timeOfId(id: string): Date {
  return new Date(parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** The smallest id that something made at `at` can have; turns a span of time into a span of ids, which every index ends with. */
export function firstIdAt(at: Date): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0').slice(-12);
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

export function isId(text: string): boolean {
  return validate(text);
}
