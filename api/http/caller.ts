import type { Scope } from '../../contract/scopes.ts';
import { cookieName } from './cookies.ts';

/** Who is calling. */
export interface ApiKeyIdentity {
  /** The id of the key, or of the person: whose limits and quotas count. */
  keyId: string;
  /** For a person that has signed in by an OpenID provider: the roles that count, in words. */
  person?: { role: string };
  name: string;
  /** The only client that the key may see and post for; null for all. */
  clientId: string | null;
  scopes: readonly Scope[];
  /** Requests a minute; 0 is unlimited, null or absent the configured default. */
  rateLimitPerMinute?: number | null;
  /** When the key ends; null or absent for never. */
  expiresAt?: Date | null;
}

/** The caller of one request. */
export interface Caller extends ApiKeyIdentity {
  requestId: string;
  /** The caller's address. */
  ip: string;
  /** The trace context of the request (W3C); null when it belongs to no trace. */
  traceparent: string | null;
}

/** The cookie that holds a session's token, where the page came by plain HTTP. */
export const SESSION_COOKIE = 'relay_session';

/** Its name; see {@link cookieName}. */
export function sessionCookieName(isSecure: boolean): string {
  return cookieName(SESSION_COOKIE, isSecure);
}

/** Finds the caller of an API key, or of a dashboard's session. */
export interface Authenticator {
  /** Null for a key that is not valid (any more). */
  authenticate: (key: string) => Promise<ApiKeyIdentity | null>;
  /** The same for the token in a session's cookie. */
  authenticateSession: (token: string) => Promise<ApiKeyIdentity | null>;
}

/** Whether a caller may use what needs this scope. */
export function hasScope({ scopes }: ApiKeyIdentity, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}
