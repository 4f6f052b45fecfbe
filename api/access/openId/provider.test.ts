import { createSign, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { OpenIdSettings } from '../../../ops/openIdSettings.ts';
import { createOpenIdProvider, type Failure, type OpenIdProvider, type SignInChecks } from './provider.ts';

/** A provider that says what a test has it say. */
const says = {
  key: newKey(),
  published: [] as { kid: string; publicKey: KeyObject }[],
  claims: {} as Record<string, unknown>,
  userInfo: {} as Record<string, unknown>,
  tokenStatus: 200,
};
let issuer = '';
let provider: OpenIdProvider;
let nonce = '';

const server = createServer((request, response) => {
  const answer = (status: number, body: object) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const path = new URL(request.url ?? '', issuer).pathname;
  if (path === '/.well-known/openid-configuration') {
    return answer(200, {
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/me`,
      id_token_signing_alg_values_supported: ['RS256'],
    });
  }
  if (path === '/jwks') {
    const keys = says.published.map(({ kid, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      ...{ kid, alg: 'RS256', use: 'sig' },
    }));
    return answer(200, { keys });
  }
  if (path === '/me') return answer(200, { sub: 'ada', ...says.userInfo });
  if (says.tokenStatus !== 200) return answer(says.tokenStatus, { error: 'invalid_grant' });
  return answer(200, { access_token: 'a', token_type: 'Bearer', id_token: signed() });
});

function newKey() {
  return { kid: randomUUID(), ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

function signed(): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: 'relay', sub: 'ada', nonce, iat: now, exp: now + 300, ...says.claims };
  const parts = [{ alg: 'RS256', kid: says.key.kid }, claims];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${createSign('RSA-SHA256').update(text).sign(says.key.privateKey, 'base64url')}`;
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  const key = newKey();
  Object.assign(says, { key, published: [key], claims: {}, userInfo: {}, tokenStatus: 200 });
  const settings: OpenIdSettings = {
    issuer: new URL(issuer),
    ...{ clientId: 'relay', clientSecret: 'secret', groupsClaim: 'groups', roles: [], scopes: null },
  };
  provider = createOpenIdProvider(settings);
});

async function signIn(change: Partial<SignInChecks> = {}): Promise<Record<string, unknown> | Failure> {
  const { checks } = await provider.begin('http://relay.test/auth/callback');
  ({ nonce } = checks);
  const callback = new URL(`http://relay.test/auth/callback?code=c&state=${checks.state}`);
  return provider.finish(callback, { ...checks, ...change }).then(
    ({ claims }) => claims,
    (error: { reason: Failure }) => error.reason,
  );
}

const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;

it.each<[string, () => unknown, Failure]>([
  ['was meant for another', () => (says.claims = { aud: 'another' }), 'refused'],
  ['names another provider', () => (says.claims = { iss: 'https://another.example' }), 'refused'],
  ['answers another request', () => (says.claims = { nonce: 'another' }), 'refused'],
  ['is signed with a key that it does not have', () => (says.published = [newKey()]), 'refused'],
  ['is signed by somebody else under its name', () => (says.key = { ...newKey(), kid: says.key.kid }), 'refused'],
  ['is over for more than a minute', () => (says.claims = { iat: ago(400), exp: ago(90) }), 'clock'],
  ['begins in more than a minute', () => (says.claims = { nbf: ago(-90) }), 'clock'],
])('a token that %s signs nobody in', async (_, prepare, reason) => {
  prepare();
  expect(await signIn()).toBe(reason);
});

it.each([
  ['behind', { iat: ago(340), exp: ago(40) }],
  ['ahead', { iat: ago(-40), nbf: ago(-40) }],
])('a clock that is a little %s is put up with', async (_, claims) => {
  says.claims = claims;
  expect(await signIn()).toMatchObject({ sub: 'ada' });
});

it('a new key counts at once, and the one before no more', async () => {
  expect(await signIn()).toMatchObject({ sub: 'ada' });
  const before = says.key;
  says.key = newKey();
  says.published = [says.key];
  expect(await signIn()).toMatchObject({ sub: 'ada' });
  says.key = before;
  expect(await signIn()).toBe('refused');
});

it('groups that are not in the token are asked for, of this person alone', async () => {
  says.userInfo = { groups: ['admins'] };
  expect(await signIn()).toMatchObject({ groups: ['admins'] });
  says.userInfo = { sub: 'another', groups: ['admins'] };
  expect(await signIn()).toBe('refused');
  says.claims = { groups: ['staff'] };
  expect(await signIn()).toMatchObject({ groups: ['staff'] });
});

it.each<[number, Failure]>([
  [400, 'refused'],
  [503, 'away'],
])('when it answers a code with %i, the reason is %s', async (status, reason) => {
  says.tokenStatus = status;
  expect(await signIn()).toBe(reason);
});
