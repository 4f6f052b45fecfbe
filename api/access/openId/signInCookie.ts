import { cookieName, setCookie } from '../../http/cookies.ts';
import type { SignInChecks } from './provider.ts';

const NAME = 'relay_sign_in';

/** What a browser keeps while it is at the provider. */
export interface SignInUnderWay extends SignInChecks {
  /** The path that it is to be led to afterwards. */
  to: string;
}

/** How long somebody may take at the provider, in seconds. */
const SIGN_IN_SECONDS = 600;

/** The cookie's name; see {@link cookieName}. */
export function signInCookieName(isSecure: boolean): string {
  return cookieName(NAME, isSecure);
}

/**
 * The header that sets the cookie; without anything under way, the one that takes it away. The browser comes back from another site,
 * so it is `Lax`, as a session's is not.
 */
export function signInCookie(underWay: SignInUnderWay | null, isSecure: boolean): string {
  const value = underWay && Buffer.from(JSON.stringify(underWay)).toString('base64url');
  return setCookie({ name: NAME, value, lifeSeconds: SIGN_IN_SECONDS, sameSite: 'Lax' }, isSecure);
}

/** What the cookie holds; null for one that is not there or was not made here. */
export function readSignInCookie(value: string | undefined): SignInUnderWay | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(value ?? '', 'base64url').toString());
    const { state, nonce, verifier, to } = Object(read) as Record<string, unknown>;
    if (typeof state !== 'string' || typeof nonce !== 'string' || typeof verifier !== 'string') return null;
    return { state, nonce, verifier, to: pathWithin(typeof to === 'string' ? to : undefined) };
  } catch {
    return null;
  }
}

/** A path of the dashboard, whatever was asked for: nobody is led to another site. */
export function pathWithin(to: string | undefined): string {
  const here = 'http://relay.invalid';
  if (!to?.startsWith('/') || !URL.canParse(to, here)) return '/';
  const { origin, pathname, search, hash } = new URL(to, here);
  // What begins with two slashes names another host where it is read as a reference.
  return origin === here && !pathname.startsWith('//') ? `${pathname}${search}${hash}` : '/';
}
