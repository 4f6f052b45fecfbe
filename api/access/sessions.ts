import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import { newId } from '../../store/ids.ts';
import { ApiProblem } from '../http/problem.ts';
import { SESSION_COOKIE, type ApiKeyIdentity, type Authenticator } from '../http/caller.ts';
import { setCookie } from '../http/cookies.ts';
import { digest } from './digest.ts';

/** How long a session lasts, in seconds. */
export const SESSION_SECONDS = 12 * 3600;
/** The most sessions of a key, or of a person; the oldest ends when there is one more, so that nobody is locked out. */
export const MAX_SESSIONS = 50;

/**
 * Exchanges a key for a session that stands for it. Sessions that are over go at the same time.
 * @param count counts the sign-in against its key's limit, before anything is written.
 * @throws ApiProblem `unauthorized`, and what `count` throws.
 */
export async function startSession(
  db: Knex,
  authenticator: Authenticator,
  key: string,
  count: (identity: ApiKeyIdentity) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ token: string; identity: ApiKeyIdentity }> {
  const identity = await authenticator.authenticate(key);
  if (!identity) throw new ApiProblem('unauthorized', 'The API key is not known.');
  await count(identity);
  const token = await addSession(db, storedKeyId(identity), key);
  return { token, identity };
}

/** The key's id in the database, where the one that the configuration names has none, nor a person. */
export function storedKeyId({ keyId, person }: ApiKeyIdentity): string | null {
  return keyId === 'admin' || person ? null : keyId;
}

/**
 * Starts a session of a key, null for the one that the configuration names, and answers its token.
 * @param sealedIdToken what an OpenID provider is told with when it ends.
 */
export async function addSession(
  db: Knex,
  keyId: string | null,
  key: string,
  sealedIdToken: Buffer | null = null,
): Promise<string> {
  const token = sessionToken(randomBytes(32).toString('base64url'), key);
  const now = new Date();
  await db('sessions').where('expiresAt', '<', now).delete();
  await db('sessions').insert({
    id: newId(),
    tokenHash: digest(token),
    keyId,
    sealedIdToken,
    createdAt: now,
    expiresAt: new Date(now.getTime() + SESSION_SECONDS * 1000),
  });
  const newest = db('sessions').select('id').where({ keyId }).orderBy('id', 'desc').limit(MAX_SESSIONS);
  await db('sessions').where({ keyId }).whereNotIn('id', newest).delete();
  return token;
}

/** A token that tells which key it was made with, to who knows the key. */
function sessionToken(random: string, key: string): string {
  return `${random}.${createHmac('sha256', key).update(random).digest('base64url')}`;
}

/** Whether a session's token was made with this key: the configured one, of which nothing is stored, may have changed. */
export function isTokenOf(key: string, token: string): boolean {
  const [random = ''] = token.split('.');
  return timingSafeEqual(digest(token), digest(sessionToken(random, key)));
}

/** What a session was that has ended. */
interface EndedSession {
  keyId: string | null;
  sealedIdToken: Buffer | null;
}

/** Ends a session; with a person's goes the key that it stood for. Null when there was none. */
export async function endSession(db: Knex, token: string): Promise<EndedSession | null> {
  const [ended] = await db('sessions')
    .where({ tokenHash: digest(token) })
    .delete()
    .returning<EndedSession[]>(['keyId', 'sealedIdToken']);
  if (ended?.keyId) await db('api_keys').where({ id: ended.keyId }).whereNotNull('personId').delete();
  return ended ?? null;
}

/** The header that sets the cookie; without a token, the one that takes it away. */
export function sessionCookie(token: string | null, isSecure: boolean): string {
  return setCookie({ name: SESSION_COOKIE, value: token, lifeSeconds: SESSION_SECONDS, sameSite: 'Strict' }, isSecure);
}
