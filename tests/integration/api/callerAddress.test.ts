import { expect, it } from 'vitest';
import type { AuditEntry } from '../../../contract/access.ts';
import type { Page } from '../../../contract/primitives.ts';
import { CONFIG, startTestApi } from './support.ts';

const CLAIMED = '6.6.6.6, 203.0.113.7, 10.0.0.2';

it.each([
  [
    'believes a proxy that writes no address as little as if it wrote none',
    { TRUST_PROXY: true, TRUST_PROXY_HOPS: 1 },
    '127.0.0.1',
    '<img src=x>',
  ],
  [
    'keeps the address alone of what a proxy writes with a port',
    { TRUST_PROXY: true, TRUST_PROXY_HOPS: 1 },
    '2001:db8::7',
    '[2001:DB8::7]:4711',
  ],
  ['believes no header without TRUST_PROXY', { TRUST_PROXY: false, TRUST_PROXY_HOPS: 1 }, '127.0.0.1'],
  ['believes the address that the one proxy appended', { TRUST_PROXY: true, TRUST_PROXY_HOPS: 1 }, '10.0.0.2'],
  ['counts back over a chain of proxies', { TRUST_PROXY: true, TRUST_PROXY_HOPS: 2 }, '203.0.113.7'],
])('%s', async (_promise, trust, ip, claimed = CLAIMED) => {
  const { api } = await startTestApi({ config: { ...CONFIG, ...trust } });
  const headers = { 'x-forwarded-for': claimed };
  const key = await api.call<{ id: string }>('POST', '/api/keys', { name: 'x', scopes: ['events:read'] }, headers);
  const { body } = await api.call<Page<AuditEntry>>('GET', `/api/audit?targetId=${key.body.id}`);
  expect(body.data.map((entry) => entry.ip)).toEqual([ip]);
});
