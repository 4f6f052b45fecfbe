import { randomBytes } from 'node:crypto';

/** A new `traceparent` (W3C Trace Context): a receiver's traces can be joined by it. Not sampled here. */
export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}
