import { hash, timingSafeEqual } from 'node:crypto';
import type { Scope } from '../../contract/scopes.ts';

/** Who is calling. */
export interface ApiKeyIdentity {
  keyId: string;
  name: string;
  /** The only client that the key may see and post for; null for all. */
  clientId: string | null;
  scopes: readonly Scope[];
}

/** Knows whose an API key is. */
export interface Authenticator {
  /** Null for a key that is not valid. */
  authenticate(key: string): Promise<ApiKeyIdentity | null>;
}

/** Accepts the one key that the configuration names, for everything. */
export function createAdminKeyAuthenticator(adminKey: string): Authenticator {
  const identity: ApiKeyIdentity = { keyId: 'admin', name: 'Administrator', clientId: null, scopes: ['admin'] };
  const expected = sha256(adminKey);
  return {
    // Digests have one length and tell nothing of the key, so comparing them in constant time leaks neither.
    authenticate: (key) => Promise.resolve(timingSafeEqual(sha256(key), expected) ? identity : null),
  };
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** Whether a caller may use what needs this scope. */
export function hasScope({ scopes }: ApiKeyIdentity, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}
