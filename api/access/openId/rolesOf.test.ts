import { expect, it } from 'vitest';
import type { OpenIdRole } from '../../../ops/openIdSettings.ts';
import { rolesOf, valuesOf } from './rolesOf.ts';

const roles: OpenIdRole[] = [
  { name: 'acme', scopes: ['webhooks:read'], clientId: 'acme' },
  { name: 'admins', scopes: ['admin'], clientId: null },
  { name: 'acme-retry', scopes: ['webhooks:read', 'deliveries:write'], clientId: 'acme' },
  { name: 'other', scopes: ['webhooks:write'], clientId: 'other' },
];

it.each<[string, unknown, ReturnType<typeof rolesOf>]>([
  ['none of them', ['staff'], null],
  ['no claim', undefined, null],
  ['a text', 'admins', { role: 'admins', scopes: ['admin'], clientId: null }],
  ['one', ['staff', 'other'], { role: 'other', scopes: ['webhooks:write'], clientId: 'other' }],
  [
    'two of one client',
    ['acme-retry', 'acme'],
    { role: 'acme, acme-retry', scopes: ['webhooks:read', 'deliveries:write'], clientId: 'acme' },
  ],
  ['of two clients, the first', ['other', 'acme'], { role: 'acme', scopes: ['webhooks:read'], clientId: 'acme' }],
  ['one that is no text', [{ name: 'admins' }, 7], null],
])('a person whose claim has %s gets just that', (_, groups, granted) => {
  expect(rolesOf({ groups }, 'groups', roles)).toEqual(granted);
});

it('an address counts only when the provider has confirmed it', () => {
  const byMail: OpenIdRole[] = [{ name: 'a@example.com', scopes: ['admin'], clientId: null }];
  const email = 'a@example.com';
  expect(rolesOf({ email }, 'email', byMail)).toBeNull();
  expect(rolesOf({ email, email_verified: false }, 'email', byMail)).toBeNull();
  expect(rolesOf({ email, email_verified: 'true' }, 'email', byMail)).toBeNull();
  expect(rolesOf({ email, email_verified: true }, 'email', byMail)?.scopes).toEqual(['admin']);
});

it('a claim may lie within another, and its name may have dots', () => {
  expect(valuesOf({ realm_access: { roles: ['a', 'b'] } }, 'realm_access.roles')).toEqual(['a', 'b']);
  expect(valuesOf({ 'https://example.com/groups': ['a'] }, 'https://example.com/groups')).toEqual(['a']);
  expect(valuesOf({}, 'constructor.name')).toEqual([]);
});
