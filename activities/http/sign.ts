import { createHmac } from 'node:crypto';
import { asymmetricSignature } from './asymmetric.ts';
import { secretBytes } from './secret.ts';

/** The three headers of Standard Webhooks. */
export type SignatureHeaders = {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
};

/** What is signed: `timestamp` is the attempt's time, `secrets` are all live ones, the newest first. */
export interface Signable {
  id: string;
  timestamp: Date;
  body: string;
  secrets: readonly string[];
  /** Signs, too, for receivers that may verify and not sign; PEM. */
  privateKey?: string | null;
}

/**
 * The headers that prove a delivery's origin and integrity: `v1,<base64>` per secret, and `v1a,<base64>` with a key pair, separated by spaces, so that a
 * receiver accepts it with the old or the new secret while both live.
 * Rule: Standard Webhooks, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders({ id, timestamp, body, secrets, privateKey = null }: Signable): SignatureHeaders {
  const seconds = String(Math.floor(timestamp.getTime() / 1000));
  const content = `${id}.${seconds}.${body}`;
  const signatures = [...new Set(secrets)].map((secret) => `v1,${hmac(secret, content)}`);
  if (privateKey !== null) signatures.push(asymmetricSignature(privateKey, content));
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures.join(' ') };
}

function hmac(secret: string, content: string): string {
  return createHmac('sha256', secretBytes(secret)).update(content).digest('base64');
}
