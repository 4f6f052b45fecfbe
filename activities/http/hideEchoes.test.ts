import { expect, test } from 'vitest';
import { hideEchoes } from './hideEchoes.ts';

const sent = { Authorization: 'Bearer a"long-token', 'X-Api-Key': 'shortkey', Cookie: 'a=1', 'X-Team': 'billing-team' };
const hidden = (body: string) => hideEchoes({ status: 200, body, headers: { 'x-echo': body } }, sent);

test.each([
  ['whole', 'got Bearer a"long-token!', 'got ********!'],
  ['without its scheme', 'token=a"long-token', 'token=********'],
  ['in JSON', '{"authorization":"Bearer a\\"long-token"}', '{"authorization":"********"}'],
  ['more than once', 'shortkey shortkey', '******** ********'],
  ['cut off', '{"authorization":"Bearer a\\"lon', '{"authorization":"********'],
])('a hidden value that an answer repeats is not kept: %s', (_how, body, kept) => {
  expect(hidden(body)).toEqual({ status: 200, body: kept, headers: { 'x-echo': kept } });
});

test('what is no secret, or too short to be told from other text, stays', () => {
  const body = 'billing-team a=1 Bearer';
  expect(hidden(body).body).toBe(body);
});
