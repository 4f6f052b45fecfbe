import type { OpenIdRole } from '../../../ops/openIdSettings.ts';
import type { Scope } from '../../../contract/scopes.ts';

/** What a person may do. */
export interface Granted {
  /** The roles by which, in words. */
  role: string;
  scopes: Scope[];
  /** The only client that may be seen; null for all. */
  clientId: string | null;
}

/** The values of a claim, which is a text or a list of them; of a name with dots, also one within others (`realm_access.roles`). */
export function valuesOf(claims: Record<string, unknown>, claim: string): string[] {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : within(claims, claim.split('.'));
  return [value].flat().filter((one) => typeof one === 'string');
}

function within(claims: unknown, path: string[]): unknown {
  return path.reduce<unknown>((at, name) => {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    return (at as Record<string, unknown>)[name];
  }, claims);
}

/**
 * What a person with these claims gets; null for nothing. The first of the roles that fits decides about the client; others that fit
 * add their scopes when they are for the same, so that what is meant for one client never covers another.
 */
export function rolesOf(claims: Record<string, unknown>, claim: string, roles: readonly OpenIdRole[]): Granted | null {
  // Whoever can choose an address that nobody has confirmed could choose somebody else's.
  if (claim === 'email' && claims['email_verified'] !== true) return null;
  const values = new Set(valuesOf(claims, claim));
  const fitting = roles.filter(({ name }) => values.has(name));
  const [first] = fitting;
  if (!first) return null;
  const given = fitting.filter(({ clientId }) => clientId === first.clientId);
  return {
    role: given.map(({ name }) => name).join(', '),
    scopes: [...new Set(given.flatMap(({ scopes }) => scopes))],
    clientId: first.clientId,
  };
}
