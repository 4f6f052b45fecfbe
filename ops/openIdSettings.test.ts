import { expect, it } from 'vitest';
import { openIdProblems, readOpenIdSettings } from './openIdSettings.ts';

const env = {
  OIDC_ISSUER: 'https://login.example.com/realms/main',
  OIDC_CLIENT_ID: 'relay',
  OIDC_CLIENT_SECRET: 'a secret',
  OIDC_ROLES:
    '{"admins":{"scopes":["admin"]},"acme":{"scopes":["webhooks:read"],"clientId":"acme"},"readers":["events:read"]}',
};

it('nobody signs in by a provider where none is given', () => {
  expect([openIdProblems({}), readOpenIdSettings({})]).toEqual([[], null]);
});

it('groups are given scopes, and one client or all', () => {
  expect(openIdProblems(env)).toEqual([]);
  expect(readOpenIdSettings(env)).toMatchObject({
    groupsClaim: 'groups',
    scopes: null,
    roles: [
      { name: 'admins', scopes: ['admin'], clientId: null },
      { name: 'acme', scopes: ['webhooks:read'], clientId: 'acme' },
      { name: 'readers', scopes: ['events:read'], clientId: null },
    ],
  });
});

it.each<[string, NodeJS.ProcessEnv, RegExp]>([
  ['without its secret', { OIDC_CLIENT_SECRET: '' }, /^OIDC_CLIENT_SECRET must be set with OIDC_ISSUER/],
  ['without roles, by which nobody would get in', { OIDC_ROLES: '' }, /^OIDC_ROLES must be set with OIDC_ISSUER/],
  ['by plain http to elsewhere', { OIDC_ISSUER: 'http://login.example.com' }, /must begin with https/],
  ['with a query', { OIDC_ISSUER: 'https://login.example.com/?a=b' }, /neither a query/],
  ['that is no URL', { OIDC_ISSUER: 'login.example.com' }, /must be the URL/],
  ['with roles that are no JSON', { OIDC_ROLES: 'admins' }, /^OIDC_ROLES must be a JSON object such as/],
  ['with a role that is a text', { OIDC_ROLES: '{"a":"admin"}' }, /"a" must be an object with "scopes"/],
  [
    'with a scope that is none',
    { OIDC_ROLES: '{"a":{"scopes":["all"]}}' },
    /the scopes of "a" must be a list of events:write/,
  ],
  ['with a role of no scope', { OIDC_ROLES: '{"a":{"scopes":[]}}' }, /the scopes of "a"/],
  [
    'with a member that is mistyped',
    { OIDC_ROLES: '{"a":{"scopes":["admin"],"client":"x"}}' },
    /unknown member "client"/,
  ],
  [
    'with a client that cannot be',
    { OIDC_ROLES: '{"a":{"scopes":["admin"],"clientId":"a b"}}' },
    /the clientId of "a"/,
  ],
  ['with scopes that are not OpenID', { OIDC_SCOPES: 'profile' }, /^OIDC_SCOPES must be/],
  ['in production without PUBLIC_URL', { NODE_ENV: 'production' }, /^PUBLIC_URL must be set with OIDC_ISSUER/],
])('a provider %s is a mistake that is named', (_, change, problem) => {
  expect(openIdProblems({ ...env, ...change })).toEqual([expect.stringMatching(problem) as string]);
});

it.each(['http://localhost:8080', 'http://127.0.0.1:8080/x', 'http://[::1]:8080'])(
  'a provider on this machine needs no TLS: %s',
  (OIDC_ISSUER) => {
    expect(openIdProblems({ ...env, OIDC_ISSUER })).toEqual([]);
  },
);
