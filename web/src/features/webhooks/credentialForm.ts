import { AUTH_MEMBERS, type Auth } from '#contract/auth.ts';
import type { Tls } from '#contract/tls.ts';

/** `auth` as the form holds it: a text for each member that any type has. */
export type AuthForm = Required<Omit<Auth, 'type'>> & { type: Auth['type'] | 'none' };
type TlsForm = Required<Tls>;

const NO_AUTH: AuthForm = {
  ...{ type: 'none', username: '', password: '', token: '' },
  ...{ tokenUrl: '', clientId: '', clientSecret: '', scope: '', audience: '' },
};

export const authForm = (auth: Auth | null): AuthForm => ({ ...NO_AUTH, ...auth });
export const tlsForm = (tls: Tls | null): TlsForm => ({ ca: '', certificate: '', key: '', ...tls });

/** What the form's texts stand for: of the type's members those that were given. */
export function authOf({ type, ...texts }: AuthForm): Auth | null {
  if (type === 'none') return null;
  const { required, optional } = AUTH_MEMBERS[type];
  const given = [...required, ...optional].filter((name) => texts[name].trim() !== '');
  return { type, ...Object.fromEntries(given.map((name) => [name, texts[name].trim()])) };
}

export function tlsOf(texts: TlsForm): Tls | null {
  const given = Object.entries(texts).filter(([, text]) => text.trim() !== '');
  return given.length > 0 ? Object.fromEntries(given) : null;
}
