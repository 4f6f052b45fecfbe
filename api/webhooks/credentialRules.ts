import { createSecureContext } from 'node:tls';
import { webhookHeaderProblem } from '../../activities/http/requestHeaders.ts';
import { AUTH_MEMBERS, type Auth } from '../../contract/auth.ts';
import { masksIn, type Credentials } from '../../contract/hiddenValues.ts';
import { MASKED_VALUE } from '../../contract/maskedHeaders.ts';
import type { FieldError } from '../../contract/problem.ts';
import type { Signature } from '../../contract/signatures.ts';
import type { Tls } from '../../contract/tls.ts';
import { MASK_OF_NOTHING, urlErrors } from './rules.ts';

/** What is wrong with signatures of other schemes. */
export function signatureErrors(signatures: readonly Signature[]): FieldError[] {
  return signatures.flatMap(({ header, template }, index) => {
    const error = (member: string, message: string) => ({ path: `/signatures/${index}/${member}`, message });
    const wrongHeader = webhookHeaderProblem(header, '');
    const placeholders: string[] = template.match(/\{[^}]*\}/g) ?? [];
    const unknown = placeholders.find((placeholder) => !['{signature}', '{timestamp}'].includes(placeholder));
    return [
      ...(wrongHeader === null ? [] : [error('header', wrongHeader)]),
      ...(placeholders.includes('{signature}') ? [] : [error('template', 'must hold {signature}')]),
      ...(unknown === undefined ? [] : [error('template', `must not hold ${unknown}`)]),
    ];
  });
}

/** What is wrong with how Relay is to prove itself. @param httpsOnly whether a plain http token URL is refused. */
export function authErrors(auth: Auth | null, httpsOnly: boolean): FieldError[] {
  if (auth === null) return [];
  const { type, username, token, tokenUrl } = auth;
  const { required, optional } = AUTH_MEMBERS[type];
  const error = (member: string, message: string) => ({ path: `/auth/${member}`, message });
  const given = Object.keys(auth).filter((name) => name !== 'type');
  const known: string[] = [...required, ...optional];
  return [
    ...required.filter((name) => auth[name] === undefined).map((name) => error(name, `is required for ${type}`)),
    ...given.filter((name) => !known.includes(name)).map((name) => error(name, `is not known for ${type}`)),
    ...(username?.includes(':') ? [error('username', 'must not hold a colon')] : []),
    ...(token !== undefined && !/^[\x21-\x7e]+$/.test(token)
      ? [error('token', 'must be visible ASCII characters')]
      : []),
    ...(tokenUrl === undefined ? [] : urlErrors(tokenUrl, { httpsOnly, path: '/auth/tokenUrl' })),
  ];
}

/** What is wrong with certificates and their key. */
export function tlsErrors(tls: Tls | null): FieldError[] {
  if (tls === null) return [];
  const { ca, certificate: cert, key } = tls;
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? 'certificate' : 'key';
    return [{ path: `/tls/${missing}`, message: 'is required, since certificate and key belong together' }];
  }
  if (ca !== undefined && !isUsable({ ca })) return [{ path: '/tls/ca', message: 'must be certificates in PEM' }];
  if (cert === undefined || key === undefined || key === MASKED_VALUE) return [];
  if (!isUsable({ cert })) return [{ path: '/tls/certificate', message: 'must be a certificate in PEM' }];
  if (isUsable({ cert, key })) return [];
  return [{ path: '/tls/key', message: 'must be the private key of the certificate, in PEM without a password' }];
}

function isUsable(options: { ca?: string; cert?: string; key?: string }): boolean {
  const text = options.ca ?? options.cert ?? '';
  if (!text.includes('-----BEGIN CERTIFICATE-----')) return false;
  try {
    createSecureContext(options);
    return true;
  } catch {
    return false;
  }
}

/** Masks that were sent and have nothing to keep. */
export function maskErrors(credentials: Credentials): FieldError[] {
  return masksIn(credentials).map((path) => ({ path, message: MASK_OF_NOTHING }));
}
