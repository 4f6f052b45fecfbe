import { expect, test } from 'vitest';
import { urlErrors } from './rules.ts';

test.each([
  'https://example.com/hooks',
  'http://example.com',
  'HTTPS://Example.com:8443/a?b=c',
  "http://example.com/p?x='a'&y=b|c",
  'http://example.com/{id}/%2e%2e/a?',
  'http://bücher.example/ü',
  'http://my_host/',
  'http://example.com./',
  `http://${'a'.repeat(63)}.example/`,
  'http://[2001:db8::1]:8080/a',
])('%s is taken as it is written', (url) => {
  expect(urlErrors(url)).toEqual([]);
});

test.each([
  'http:///path',
  'http:/host/path',
  'http:host',
  'http:\\\\host\\path',
  'http://host\\path',
  'http://host/a\\b',
  'http://ho\tst/',
  'http://host/a b',
  ' http://host/',
  'http://host/\n',
  'http://host/\u0000',
  'http://ex%61mple.com/',
  'http://exam\u00adple.com/',
  'http://exam\u200bple.com/',
  'http://host:0/',
  'http://host:65536/',
  'http://example..com/',
  'http://.example.com/',
  'http://example.com../',
  `http://${'a'.repeat(64)}.example/`,
  `http://${'a.'.repeat(128)}/`,
  `http://${'ü'.repeat(60)}.example/`,
  'http://',
  '//host/',
  'ftp://host/',
  'http://user@host/',
  'http://:pass@host/',
  'http://host/#part',
])('%j, which only a lenient parser would repair or which says more than where, is refused', (url) => {
  expect(urlErrors(url)).toMatchObject([{ path: '/url' }]);
});
