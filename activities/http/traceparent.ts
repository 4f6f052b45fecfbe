import { randomBytes } from 'node:crypto';

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** A new `traceparent` (W3C Trace Context): a receiver's traces can be joined by it. Not sampled here. */
export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}

/** A caller's `traceparent` in the form of version 00; null when there is none, or none that can be understood. */
export function readTraceparent(header: string | undefined): string | null {
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(header ?? '') ?? [];
  if (!version || !traceId || !spanId || !flags || (version === '00' && more !== undefined)) return null;
  return `00-${traceId}-${spanId}-${flags}`;
}

/** The trace that a `traceparent` belongs to, as a member of a log line; nothing when there is none. */
export function traceIdOf(traceparent: string | null): { traceId?: string } {
  return traceparent === null ? {} : { traceId: traceparent.slice(3, 35) };
}
