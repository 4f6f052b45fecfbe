import type { Auth } from './auth.ts';
import { MASKED_VALUE } from './maskedHeaders.ts';
import type { Tls } from './tls.ts';

/** The settings of which some members are hidden from readers, headers aside. */
export interface Credentials {
  signatures: { header: string; secret: string }[];
  auth: Auth | null;
  tls: Tls | null;
}

/** The hidden members of `auth`. */
const OF_AUTH = ['password', 'token', 'clientSecret'] as const;

/** Hidden values by where they stand. */
export type HiddenValues = Record<string, string>;

type Replace = (value: string, path: string) => string;

/** The same with its hidden values replaced; `path` is a JSON Pointer to one. */
function withHidden<C extends Credentials>(credentials: C, replace: Replace): C {
  return {
    ...credentials,
    signatures: credentials.signatures.map((signature, index) => ({
      ...signature,
      secret: replace(signature.secret, `/signatures/${index}/secret`),
    })),
    auth: credentials.auth && {
      ...credentials.auth,
      ...Object.fromEntries(
        OF_AUTH.flatMap((name) => {
          const value = credentials.auth?.[name];
          return value === undefined ? [] : [[name, replace(value, `/auth/${name}`)]];
        }),
      ),
    },
    tls: credentials.tls && {
      ...credentials.tls,
      ...(credentials.tls.key !== undefined && { key: replace(credentials.tls.key, '/tls/key') }),
    },
  };
}

export function maskCredentials<C extends Credentials>(credentials: C): C {
  return withHidden(credentials, () => MASKED_VALUE);
}

/** Its hidden values. */
export function hiddenIn(credentials: Credentials): HiddenValues {
  const values: HiddenValues = {};
  withHidden(credentials, (value, path) => (values[path] = value));
  return values;
}

/** The same with these in place of masks. @throws when one is missing. */
export function unmasked<C extends Credentials>(masked: C, values: HiddenValues): C {
  return withHidden(masked, (value, path) => {
    const real = value === MASKED_VALUE ? values[path] : value;
    if (real === undefined) throw new Error('A hidden value is missing');
    return real;
  });
}

/** Where masks stand that mean nothing, since there is nothing for them to keep. */
export function masksIn(credentials: Credentials): string[] {
  return Object.entries(hiddenIn(credentials)).flatMap(([path, value]) => (value === MASKED_VALUE ? [path] : []));
}

/** What a caller sent, with the stored values where he sent the mask that he was shown. A signature is known by its header. */
export function keepMasked<C extends Credentials>(sent: C, stored: Credentials): C {
  const values: HiddenValues = { ...ofSameSignatures(sent, stored), ...ofSameAuth(sent, stored) };
  if (stored.tls?.key !== undefined) values['/tls/key'] = stored.tls.key;
  return withHidden(sent, (value, path) => (value === MASKED_VALUE ? (values[path] ?? value) : value));
}

function ofSameSignatures(sent: Credentials, stored: Credentials): HiddenValues {
  const left = stored.signatures.map((signature) => ({ ...signature }));
  const values: HiddenValues = {};
  sent.signatures.forEach(({ header, secret }, index) => {
    if (secret !== MASKED_VALUE) return;
    const isSame = (candidate: { header: string }) => candidate.header.toLowerCase() === header.toLowerCase();
    const before = stored.signatures[index];
    const found = left.find((one) => isSame(one) && one.secret === before?.secret) ?? left.find(isSame);
    if (!found) return;
    left.splice(left.indexOf(found), 1);
    values[`/signatures/${index}/secret`] = found.secret;
  });
  return values;
}

/** A secret is kept for the token server that it was given for. */
function ofSameAuth({ auth: sent }: Credentials, { auth: stored }: Credentials): HiddenValues {
  if (!sent || stored?.type !== sent.type || originOf(sent.tokenUrl) !== originOf(stored.tokenUrl)) return {};
  return Object.fromEntries(
    OF_AUTH.map((name) => [`/auth/${name}`, stored[name]]).filter(([, value]) => value !== undefined),
  ) as HiddenValues;
}

/** What cannot be read as a URL is another origin than any. */
export function originOf(url = ''): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
