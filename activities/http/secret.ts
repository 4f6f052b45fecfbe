import { randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const GENERATED_BYTES = 32;
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/** A new signing secret: `whsec_` and the base64 of 32 random bytes (Standard Webhooks, "Secret serialization"). */
export function generateSecret(): string {
  return PREFIX + randomBytes(GENERATED_BYTES).toString('base64');
}

/**
 * Whether a text is a signing secret: `whsec_` and the canonical, padded base64 of 24 to 64 bytes.
 * Canonical, so that every receiver's decoder reads the same key from it.
 */
export function isSecret(text: string): boolean {
  if (!text.startsWith(PREFIX)) return false;
  const bytes = secretBytes(text);
  return bytes.length >= MIN_BYTES && bytes.length <= MAX_BYTES && PREFIX + bytes.toString('base64') === text;
}

/** The HMAC key that a secret stands for. The secret must be one that {@link isSecret} accepts. */
export function secretBytes(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}
