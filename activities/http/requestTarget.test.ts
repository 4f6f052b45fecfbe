import { expect, test } from 'vitest';
import { requestTarget } from './requestTarget.ts';

test.each([
  ['http://host', '/'],
  ['http://host/', '/'],
  ['https://HOST:8443?a=b', '/?a=b'],
  ["http://host/p?x='a'", "/p?x='a'"],
  ['http://host/hook?', '/hook?'],
  ['http://host/tenant/%2e%2e/admin', '/tenant/%2e%2e/admin'],
  ['http://host/tenant/../admin', '/tenant/../admin'],
  ['http://host/a%2Fb/%2b+[]=;,', '/a%2Fb/%2b+[]=;,'],
  ['http://host/{id}?a=b|c', '/{id}?a=b|c'],
  ['http://host/ü/€?ü=ü', '/%C3%BC/%E2%82%AC?%C3%BC=%C3%BC'],
])('%s is asked for as %s', (url, target) => {
  expect(requestTarget(url)).toBe(target);
});
