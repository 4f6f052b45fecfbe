import { CLIENT_ID } from '../contract/primitives.ts';
import { SCOPES, type Scope } from '../contract/scopes.ts';

/** What people get whose claim has this value. */
export interface OpenIdRole {
  /** A group, or whatever the claim holds. */
  name: string;
  scopes: readonly Scope[];
  /** The only client that they see; null for all. */
  clientId: string | null;
}

/** How people sign in by an OpenID provider (docs/CONTRACT.md §12). */
export interface OpenIdSettings {
  issuer: URL;
  clientId: string;
  clientSecret: string;
  /** The claim that tells what a person is. */
  groupsClaim: string;
  /** In the order in which they were written: the first that a person has decides about the client. */
  roles: readonly OpenIdRole[];
  /** What the provider is asked for; null for what is usual. */
  scopes: string | null;
}

const NEEDED = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_ROLES'] as const;

/** The settings of signing in; null when none is given, or they cannot be used ({@link openIdProblems}). */
export function readOpenIdSettings(env: NodeJS.ProcessEnv): OpenIdSettings | null {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_ROLES } = env;
  if (!OIDC_ISSUER || !OIDC_CLIENT_ID || !OIDC_CLIENT_SECRET || !OIDC_ROLES) return null;
  return {
    issuer: new URL(OIDC_ISSUER),
    clientId: OIDC_CLIENT_ID,
    clientSecret: OIDC_CLIENT_SECRET,
    groupsClaim: env['OIDC_GROUPS_CLAIM'] || 'groups',
    roles: readRoles(OIDC_ROLES).roles,
    scopes: env['OIDC_SCOPES'] || null,
  };
}

/** What is wrong with the settings of signing in, one problem a line. */
export function openIdProblems(env: NodeJS.ProcessEnv): string[] {
  const given = NEEDED.filter((name) => env[name]);
  if (given.length === 0) return [];
  const problems = NEEDED.filter((name) => !env[name]).map(
    (name) => `${name} must be set with ${given[0] ?? ''}: signing in needs ${NEEDED.join(', ')}`,
  );
  const { OIDC_ISSUER, OIDC_ROLES, OIDC_SCOPES } = env;
  if (OIDC_ISSUER) problems.push(...issuerProblems(OIDC_ISSUER));
  if (OIDC_ROLES) problems.push(...readRoles(OIDC_ROLES).problems);
  if (OIDC_SCOPES && !OIDC_SCOPES.split(' ').includes('openid')) {
    problems.push('OIDC_SCOPES must be names with spaces between them, "openid" among them');
  }
  if (env['NODE_ENV'] === 'production' && !env['PUBLIC_URL']) {
    problems.push('PUBLIC_URL must be set with OIDC_ISSUER: the provider sends people back there');
  }
  return problems;
}

function issuerProblems(text: string): string[] {
  if (!URL.canParse(text)) return ['OIDC_ISSUER must be the URL of the provider, as it names itself'];
  const { protocol, hostname, search, hash } = new URL(text);
  if (search || hash) return ['OIDC_ISSUER must have neither a query nor a fragment'];
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && isHere)) return [];
  return ['OIDC_ISSUER must begin with https://; http:// is taken for this machine only'];
}

/** `{ "<value of the claim>": { "scopes": […], "clientId": "…" } }`, or the list of scopes alone. */
function readRoles(text: string): { roles: OpenIdRole[]; problems: string[] } {
  const json = parsed(text);
  if (!isObject(json) || Object.keys(json).length === 0) {
    const example = '{"relay-admins":{"scopes":["admin"]},"acme":{"scopes":["webhooks:read"],"clientId":"acme"}}';
    return { roles: [], problems: [`OIDC_ROLES must be a JSON object such as ${example}`] };
  }
  const roles: OpenIdRole[] = [];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(json)) {
    const role: unknown = Array.isArray(value) ? { scopes: value as unknown[] } : value;
    if (!isObject(role)) {
      problems.push(`OIDC_ROLES: "${name}" must be an object with "scopes" and, for one client alone, "clientId"`);
      continue;
    }
    const { scopes, clientId = null, ...others } = role;
    for (const other of Object.keys(others)) problems.push(`OIDC_ROLES: "${name}" has an unknown member "${other}"`);
    const areScopes = Array.isArray(scopes) && scopes.length > 0 && scopes.every(isScope);
    if (!areScopes) problems.push(`OIDC_ROLES: the scopes of "${name}" must be a list of ${SCOPES.join(', ')}`);
    const isClient = clientId === null || (typeof clientId === 'string' && CLIENT_ID.test(clientId));
    if (!isClient) problems.push(`OIDC_ROLES: the clientId of "${name}" must be 1 to 64 of A-Z a-z 0-9 _ . -`);
    if (areScopes && isClient) roles.push({ name, scopes, clientId });
  }
  return { roles, problems };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScope(value: unknown): value is Scope {
  return SCOPES.some((scope) => scope === value);
}
