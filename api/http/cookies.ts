/** A cookie that only this Relay reads. */
export interface Cookie {
  /** Its name where the page came by plain HTTP; see {@link cookieName}. */
  name: string;
  /** Null takes it away. */
  value: string | null;
  /** How long it is kept, in seconds. */
  lifeSeconds: number;
  /** `Lax` where the browser comes back from another site. */
  sameSite: 'Strict' | 'Lax';
}

/**
 * A cookie's name. Over TLS it has the prefix with which a browser takes it from this very host only, by TLS only: neither a
 * neighbouring host nor somebody on the way can plant one of his own (RFC 6265bis, §4.1.3.2).
 */
export function cookieName(name: string, isSecure: boolean): string {
  return isSecure ? `__Host-${name}` : name;
}

/** The header `Set-Cookie` that sets a cookie, or takes it away. Scripts never see it. */
export function setCookie({ name, value, lifeSeconds, sameSite }: Cookie, isSecure: boolean): string {
  const life = value === null ? 0 : lifeSeconds;
  const secure = isSecure ? '; Secure' : '';
  return `${cookieName(name, isSecure)}=${value ?? ''}; Path=/; Max-Age=${life}; HttpOnly; SameSite=${sameSite}${secure}`;
}
