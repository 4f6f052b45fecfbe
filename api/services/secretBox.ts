import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts what must not be readable in the database. */
export interface SecretBox {
  /** AES-256-GCM: 12 bytes of nonce, the ciphertext, 16 bytes of tag. */
  seal(text: string): Buffer;
  /** @throws when the bytes were made with another key or changed. */
  open(sealed: Buffer): string;
}

/**
 * @param key 32 bytes, from `SECRETS_KEY`; what is sealed is sealed with it.
 * @param previousKey 32 bytes, while a key is being replaced; what it sealed can still be opened.
 */
export function createSecretBox(key: Buffer, previousKey: Buffer | null = null): SecretBox {
  return {
    seal(text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed) {
      try {
        return openWith(key, sealed);
      } catch (error) {
        if (!previousKey) throw error;
        return openWith(previousKey, sealed);
      }
    },
  };
}

function openWith(key: Buffer, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}
