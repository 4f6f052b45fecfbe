import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { signatureHeaders } from '../activities/http/sign.ts';

const TOLERANCE_MS = 5 * 60_000;
const SIGNATURE = /^v1,[A-Za-z0-9+/]{43}=$/;

/**
 * What a signature says: right, made with another secret (or for other content, which nobody can tell apart), too old or too new,
 * not there, or nothing that Relay would send.
 */
export type Seal = 'right' | 'other-secret' | 'stale' | 'unsigned' | 'forged';

/**
 * What every receiver should do with a webhook: one of the signatures sent must be the right one, found in constant
 * time, and the timestamp must be within five minutes of now (Standard Webhooks, "Verifying webhook authenticity").
 */
export function verifySignature(secret: string, headers: IncomingHttpHeaders, body: string, now: Date): boolean {
  return readSeal(secret, headers, body, now) === 'right';
}

/** The same, and what is wrong with one that is refused. */
export function readSeal(secret: string, headers: IncomingHttpHeaders, body: string, now: Date): Seal {
  const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures } = headers;
  if (typeof id !== 'string' || typeof seconds !== 'string' || typeof signatures !== 'string') return 'unsigned';
  const timestamp = new Date(Number(seconds) * 1000);
  const given = signatures.split(' ');
  if (Number.isNaN(timestamp.getTime()) || !given.some((signature) => SIGNATURE.test(signature))) return 'forged';
  if (Math.abs(now.getTime() - timestamp.getTime()) > TOLERANCE_MS) return 'stale';
  const expected = signatureHeaders({ id, timestamp, body, secrets: [secret] })['webhook-signature'];
  return given.some((signature) => isEqual(signature, expected)) ? 'right' : 'other-secret';
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
