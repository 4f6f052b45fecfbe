import { timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import type { Logger } from '../../ops/logger.ts';
import { ApiKeyModel } from '../../store/models/ApiKeyModel.ts';
import type { ApiKeyIdentity, Authenticator } from '../http/caller.ts';
import { digest } from './digest.ts';
import { isTokenOf } from './sessions.ts';

/** How long a key's lookup is cached (ms): a revoked key stops working within this in every process; the promise is 2 s. */
const CACHE_TTL_MS = 1000;
/** The most lookups that are cached, so that guesses of keys cannot fill the memory. */
const MAX_REMEMBERED = 10_000;

interface Remembered {
  at: number;
  identity: Promise<ApiKeyIdentity | null>;
}

/** Accepts the configuration's key for everything, and the keys and sessions in the database for what they allow. */
export function createKeyAuthenticator(db: Knex, adminKey: string, logger: Pick<Logger, 'warn'>): Authenticator {
  const admin: ApiKeyIdentity = { keyId: 'admin', name: 'Administrator', clientId: null, scopes: ['admin'] };
  const adminDigest = digest(adminKey);
  const remembered = new Map<string, Remembered>();

  function remember(name: string, read: () => Promise<ApiKeyIdentity | null>): Promise<ApiKeyIdentity | null> {
    const known = remembered.get(name);
    if (known && Date.now() - known.at < CACHE_TTL_MS) return known.identity;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    const identity = read();
    remembered.set(name, { at: Date.now(), identity });
    identity.catch(() => remembered.delete(name));
    return identity;
  }

  async function readKey(keyDigest: Buffer): Promise<ApiKeyIdentity | null> {
    const key = await ApiKeyModel.query(db).findOne({ keyHash: keyDigest });
    if (!key || !timingSafeEqual(key.keyHash, keyDigest)) return null;
    return identityOf(key);
  }

  async function readSession(token: string, tokenDigest: Buffer): Promise<ApiKeyIdentity | null> {
    const session = await db('sessions')
      .where({ tokenHash: tokenDigest })
      .where('expiresAt', '>', new Date())
      .first<{ keyId: string | null } | undefined>('keyId');
    if (!session) return null;
    if (session.keyId === null) return isTokenOf(adminKey, token) ? admin : null;
    const key = await ApiKeyModel.query(db).findById(session.keyId);
    return key ? identityOf(key) : null;
  }

  function identityOf(key: ApiKeyModel): ApiKeyIdentity | null {
    const now = new Date();
    if (key.revokedAt || (key.expiresAt && key.expiresAt <= now)) return null;
    noteUse(key, now);
    const { id: keyId, name, clientId, scopes, rateLimitPerMinute, expiresAt, personId } = key;
    // What people make outlives the session that they make it in.
    if (personId) return { keyId: personId, person: { role: key.role ?? '' }, name, clientId, scopes };
    return { keyId, name, clientId, scopes, rateLimitPerMinute, expiresAt };
  }

  /** At most once a minute; losing one changes nothing. */
  function noteUse({ id, lastUsedAt }: ApiKeyModel, now: Date): void {
    if (lastUsedAt && now.getTime() - lastUsedAt.getTime() < 60_000) return;
    db('api_keys')
      .where({ id })
      .update({ lastUsedAt: now })
      .catch((error: unknown) => logger.warn('The last use of an API key could not be noted', { keyId: id, error }));
  }

  return {
    authenticate(key) {
      const keyDigest = digest(key);
      // Digests have one length and tell nothing of the key, so comparing them in constant time leaks neither.
      if (timingSafeEqual(keyDigest, adminDigest)) return Promise.resolve(admin);
      return remember(`key:${keyDigest.toString('base64')}`, () => readKey(keyDigest));
    },
    authenticateSession(token) {
      const tokenDigest = digest(token);
      return remember(`session:${tokenDigest.toString('base64')}`, () => readSession(token, tokenDigest));
    },
  };
}
