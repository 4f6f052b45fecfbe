import { expect, it } from 'vitest';
import { pathWithin, readSignInCookie, signInCookie } from './signInCookie.ts';

it.each([
  ['/deliveries?status=failed#x', '/deliveries?status=failed#x'],
  [undefined, '/'],
  ['', '/'],
  ['deliveries', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['/..//evil.example', '/'],
  ['https://evil.example/', '/'],
  ['/\r\nset-cookie: a=b', '/set-cookie:%20a=b'],
])('%j leads to %s', (to, led) => {
  expect(pathWithin(to)).toBe(led);
});

it('what was under way is read back, and nothing else', () => {
  const underWay = { state: 's', nonce: 'n', verifier: 'v', to: '/events' };
  const [, value] = /=([^;]*);/.exec(signInCookie(underWay, true)) ?? [];
  expect(readSignInCookie(value)).toEqual(underWay);
  for (const other of [undefined, '', 'x', Buffer.from('{"state":1}').toString('base64url')]) {
    expect(readSignInCookie(other)).toBeNull();
  }
});

it('over TLS the cookie is taken from this host alone', () => {
  const cookie = signInCookie({ state: 's', nonce: 'n', verifier: 'v', to: '/' }, true);
  expect(cookie).toMatch(/^__Host-relay_sign_in=.*; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/);
});
