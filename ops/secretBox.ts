import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What was sealed, and how. */
export interface Opened {
  text: string;
  /** The fingerprint of the key that opens it. */
  key: string;
  /** Whether it opens for its purpose alone; releases before bound nothing. */
  isBound: boolean;
}

/** Encrypts what must not be readable in the database. Its keys are known by their fingerprints, which may be shown. */
export interface SecretBox {
  /** The fingerprints of the keys that it has, that of `SECRETS_KEY` first. */
  readonly keys: readonly string[];
  /**
   * AES-256-GCM: 12 bytes of nonce, the ciphertext, 16 bytes of tag.
   * @param key the fingerprint of the key to seal with; which one it is, the database says (see sealingKey.ts).
   * @param purpose what it is for, and whose; it opens for nothing else, so that nobody who can write into the database can put it
   * in another's place. Null for what the release before must be able to open.
   * @throws when the box has no such key.
   */
  seal(text: string, key: string, purpose: string | null): Buffer;
  /** @throws when the bytes were made with a key that is not here, for another purpose, or changed. */
  open(sealed: Buffer, purpose: string): Opened;
  /** The same; null when it cannot be opened. */
  tryOpen(sealed: Buffer, purpose: string): Opened | null;
}

/** A key as it may be named: 16 hexadecimal digits that tell nothing of the key itself. */
export function fingerprintOf(key: Buffer): string {
  return createHash('sha256').update('relay secrets key\n').update(key).digest('hex').slice(0, 16);
}

/**
 * @param key 32 bytes, from `SECRETS_KEY`.
 * @param previousKey 32 bytes, from `SECRETS_KEY_PREVIOUS`, while a key is being replaced.
 */
export function createSecretBox(key: Buffer, previousKey: Buffer | null = null): SecretBox {
  const keys = new Map([key, ...(previousKey ? [previousKey] : [])].map((one) => [fingerprintOf(one), one]));

  function open(sealed: Buffer, purpose: string): Opened {
    let failure: unknown;
    for (const boundTo of [purpose, null]) {
      for (const [fingerprint, candidate] of keys) {
        try {
          return { text: openWith(candidate, sealed, boundTo), key: fingerprint, isBound: boundTo !== null };
        } catch (error) {
          failure = error;
        }
      }
    }
    throw new Error('It was sealed with another key or for another purpose, or has been changed', { cause: failure });
  }

  return {
    keys: [...keys.keys()],
    seal(text, fingerprint, purpose) {
      const sealing = keys.get(fingerprint);
      if (!sealing) throw new Error(`There is no key ${fingerprint} to seal with`);
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealing, iv);
      if (purpose !== null) cipher.setAAD(Buffer.from(purpose));
      return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    open,
    tryOpen(sealed, purpose) {
      try {
        return open(sealed, purpose);
      } catch {
        return null;
      }
    },
  };
}

function openWith(key: Buffer, sealed: Buffer, purpose: string | null): string {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  if (purpose !== null) decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}
