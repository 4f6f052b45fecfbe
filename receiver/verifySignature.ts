import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { signatureHeaders } from '../activities/http/sign.ts';

const TOLERANCE_MS = 5 * 60_000;

/**
 * What every receiver should do with a webhook: one of the signatures sent must be the right one, found in constant
 * time, and the timestamp must be within five minutes of now (Standard Webhooks, "Verifying webhook authenticity").
 */
export function verifySignature(secret: string, headers: IncomingHttpHeaders, body: string, now: Date): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures } = headers;
  if (typeof id !== 'string' || typeof seconds !== 'string' || typeof signatures !== 'string') return false;
  const timestamp = new Date(Number(seconds) * 1000);
  if (!(Math.abs(now.getTime() - timestamp.getTime()) <= TOLERANCE_MS)) return false;
  const expected = signatureHeaders({ id, timestamp, body, secrets: [secret] })['webhook-signature'];
  return signatures.split(' ').some((signature) => isEqual(signature, expected));
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
