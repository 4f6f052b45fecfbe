import { expect, it } from 'vitest';
import type { AuditEntry } from '../../../contract/access.ts';
import type { Page } from '../../../contract/primitives.ts';
import { startTestApi } from './support.ts';

const base = { MAX_EVENT_BYTES: 262_144, RATE_LIMIT_PER_MINUTE: 0 };
const CLAIMED = { 'x-forwarded-for': '6.6.6.6, 203.0.113.7, 10.0.0.2' };

it.each([
  ['believes no header without TRUST_PROXY', { TRUST_PROXY: false, TRUST_PROXY_HOPS: 1 }, '127.0.0.1'],
  ['believes the address that the one proxy appended', { TRUST_PROXY: true, TRUST_PROXY_HOPS: 1 }, '10.0.0.2'],
  ['counts back over a chain of proxies', { TRUST_PROXY: true, TRUST_PROXY_HOPS: 2 }, '203.0.113.7'],
])('%s', async (_promise, trust, ip) => {
  const { api } = await startTestApi({ config: { ...base, ...trust } });
  const key = await api.call<{ id: string }>('POST', '/api/keys', { name: 'x', scopes: ['events:read'] }, CLAIMED);
  const { body } = await api.call<Page<AuditEntry>>('GET', `/api/audit?targetId=${key.body.id}`);
  expect(body.data.map((entry) => entry.ip)).toEqual([ip]);
});
