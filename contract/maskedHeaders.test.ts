import { expect, test } from 'vitest';
import { isMask, isSensitiveHeader, MASKED_VALUE } from './maskedHeaders.ts';

test.each([
  ['Authorization', true],
  ['X-API-Key', true],
  ['apikey', true],
  ['X-Auth', true],
  ['x-access-token', true],
  ['Cookie', true],
  ['x-client-secret', true],
  ['X-Password', true],
  ['x-hub-signature', true],
  ['x-session-id', true],
  ['X-Tenant', false],
  ['Accept', false],
  ['x-request-id', false],
])('whether the value of %s is hidden: %s', (name, sensitive) => {
  expect(isSensitiveHeader(name)).toBe(sensitive);
  expect(isMask(name, MASKED_VALUE)).toBe(sensitive);
});
