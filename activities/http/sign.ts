import { createHmac } from 'node:crypto';
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
}

/**
 * The headers that prove a delivery's origin and integrity: `v1,<base64>` per secret, separated by spaces, so that a
 * receiver accepts it with the old or the new secret while both live.
 * Rule: Standard Webhooks, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders({ id, timestamp, body, secrets }: Signable): SignatureHeaders {
  const seconds = String(Math.floor(timestamp.getTime() / 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': [...new Set(secrets)]
      .map((secret) => `v1,${hmac(secret, `${id}.${seconds}.${body}`)}`)
      .join(' '),
  };
}

function hmac(secret: string, content: string): string {
  return createHmac('sha256', secretBytes(secret)).update(content).digest('base64');
}
