import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';

/** A key pair of a webhook: the private key as PEM (PKCS #8), the public one as receivers are given it. */
export interface SigningKeyPair {
  privateKey: string;
  publicKey: string;
}

/** The 12 bytes before an ed25519 public key in SubjectPublicKeyInfo (RFC 8410 §4). */
const SPKI_PREFIX_BYTES = 12;

/** A new ed25519 pair; its public key is `whpk_` and the base64 of 32 bytes (Standard Webhooks, "Secret serialization"). */
export function generateKeyPair(): SigningKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_PREFIX_BYTES);
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: `whpk_${raw.toString('base64')}`,
  };
}

/** `v1a,` and the base64 of an ed25519 signature. */
export function asymmetricSignature(privateKey: string, content: string): string {
  return `v1a,${sign(null, Buffer.from(content), createPrivateKey(privateKey)).toString('base64')}`;
}
