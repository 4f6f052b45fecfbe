import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { curlOf, variablesOf } from './curlOf.ts';

const request = {
  url: "https://example.com/hooks?a='b'&c=$HOME",
  headers: {
    'content-type': 'application/json',
    authorization: '********',
    'webhook-signature': 'v1,…',
    'x-odd': '"`id`" $(id) \\',
  },
  body: '@{"text":"it\'s\n$(id) `id` \\"quoted\\" !!"}',
};

test('a shell reads the command as the request is, byte for byte', () => {
  const command = curlOf(request).replace('curl', `printf '%s\\0'`);
  const environment = { AUTHORIZATION: 'Bearer a b', WEBHOOK_SIGNATURE: 'v1,abc' };
  const read = execFileSync('/bin/sh', ['-c', command], { env: environment, encoding: 'utf8' }).split('\0');
  expect(read.slice(0, -1)).toEqual([
    ...['-i', '-X', 'POST', request.url],
    ...['-H', 'content-type: application/json', '-H', 'authorization: Bearer a b', '-H', 'webhook-signature: v1,abc'],
    ...['-H', `x-odd: ${request.headers['x-odd']}`, '--data-raw', request.body],
  ]);
});

test('what is not shown is left to the shell', () => {
  expect(variablesOf(request.headers)).toEqual(['AUTHORIZATION', 'WEBHOOK_SIGNATURE']);
});
