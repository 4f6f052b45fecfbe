import { expect, it } from 'vitest';
import { VERSION } from '../../../ops/version.ts';
import { connectDatabase } from '../../../store/connect.ts';
import { createSilence } from '../../support/closableServer.ts';
import { startTestApi } from './support.ts';

it('is ready while PostgreSQL and Temporal answer', async () => {
  const { api } = await startTestApi();
  expect((await api.call('GET', '/healthz')).body).toEqual({ status: 'ok', version: VERSION });
  const { status, body } = await api.call('GET', '/readyz');
  expect([status, body]).toEqual([200, { status: 'ok', checks: { postgres: 'ok', temporal: 'ok', secrets: 'ok' } }]);
});

it('asks PostgreSQL and Temporal once for all who want to know at the same time', async () => {
  const { url, inspector } = await startTestApi();
  let pings = 0;
  inspector.ping = () => Promise.resolve((pings += 1) > 0);
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/readyz`)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(pings).toBe(1);
});

it('names Temporal when it is away, and goes on living', async () => {
  const { api, inspector } = await startTestApi();
  inspector.ping = () => Promise.resolve(false);
  const { status, body } = await api.call('GET', '/readyz');
  const checks = { postgres: 'ok', temporal: 'unavailable', secrets: 'ok' };
  expect([status, body]).toEqual([503, { status: 'unavailable', checks }]);
  expect((await api.call('GET', '/healthz')).status).toBe(200);
});

it.each([
  ['its port', 'postgres://relay@127.0.0.1:1/relay'],
  ['its socket', 'postgres://relay@127.0.0.1:1/relay?host=/nowhere'],
])('names PostgreSQL when %s is away; reads and writes are then 503 with Retry-After, never 500', async (_, url) => {
  const db = connectDatabase({ url, poolMax: 2 });
  const { api } = await startTestApi({ db });
  const ready = await api.call('GET', '/readyz');
  expect([ready.status, ready.body]).toMatchObject([503, { checks: { postgres: 'unavailable' } }]);
  const id = '0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10';
  for (const [method, path, body] of [
    ['GET', '/api/events', undefined],
    ['GET', '/api/events/stats/summary', undefined],
    ['GET', `/api/deliveries/${id}`, undefined],
    ['POST', `/api/deliveries/${id}/retry`, undefined],
    ['POST', '/api/webhooks', { name: 'x', url: 'https://example.com/', eventTypes: ['*'] }],
    ['DELETE', `/api/webhooks/${id}`, undefined],
  ] as const) {
    const answer = await api.call(method, path, body);
    expect([answer.status, answer.headers.get('retry-after'), answer.body]).toMatchObject([
      503,
      '2',
      { code: 'unavailable' },
    ]);
    expect(answer.text).not.toMatch(/127\.0\.0\.1|nowhere|ECONN|ENOENT|postgres:/);
  }
  await db.destroy();
});

it('answers 503 too when PostgreSQL takes connections and says nothing', async () => {
  const silence = createSilence();
  const db = connectDatabase({ url: `postgres://relay@127.0.0.1:${await silence.listen(0)}/relay`, poolMax: 2 });
  const { api } = await startTestApi({ db });
  const answer = await api.call('GET', '/api/events');
  expect([answer.status, answer.body]).toMatchObject([503, { code: 'unavailable' }]);
  await db.destroy();
  await silence.close();
}, 30_000);

it('is ready, and says so, with signing secrets that it cannot open; of very many webhooks it names the first', async () => {
  const { api, directory } = await startTestApi();
  const ids = Array.from({ length: 101 }, (_, n) => `webhook-${n}`);
  directory.unreadable = () => ids;
  const { status, body } = await api.call('GET', '/readyz');
  expect([status, body]).toMatchObject([
    200,
    {
      status: 'ok',
      checks: { secrets: 'degraded' },
      unreadableSecrets: { count: 101, webhookIds: ids.slice(0, 100) },
    },
  ]);
});

it('is not ready when it is about to stop', async () => {
  const { api } = await startTestApi({ isStopping: () => true });
  expect((await api.call('GET', '/readyz')).status).toBe(503);
});
