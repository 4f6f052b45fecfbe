import { beforeAll, describe, expect, it } from 'vitest';
import type { WebhookActivity, WebhookSecretList } from '../../../contract/webhooks.ts';
import { newId } from '../../../store/ids.ts';
import { rollUpSent } from '../../../store/rollups/rollUpSent.ts';
import { createRows } from '../../support/rows.ts';
import { startTestApi, type TestApi } from './support.ts';

const HOUR_MS = 3_600_000;
let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});

/** A webhook with attempts that were made so many hours ago. */
async function sent(clientId: string, hours: { ago: number; failed: boolean }[]): Promise<string> {
  const { id } = await test.api.createWebhook({ clientId, url: 'http://127.0.0.1:9/' });
  const rows = createRows(test.db);
  const deliveryId = await rows.delivery({ webhookId: id, eventId: await rows.event({ clientId }) }, { clientId });
  const made = hours.map(({ ago, failed }, index) => ({
    ...{ id: newId(), deliveryId, number: index + 1, trigger: 'automatic', durationMs: 1 },
    ...{ startedAt: new Date(Date.now() - ago * HOUR_MS), errorCode: failed ? 'timeout' : null },
  }));
  if (made.length > 0) await test.db('attempts').insert(made);
  return id;
}
const read = async (ids: string[], api = test.api) =>
  (await api.call<WebhookActivity>('GET', `/api/webhooks/stats/activity?ids=${ids.join(',')}`)).body;

describe('what was sent to webhooks of late', () => {
  it('is told hour by hour for all that are asked for at once, whether their hours are summed up or not', async () => {
    const busy = await sent('hours', [
      ...[0, 5].map((ago) => ({ ago, failed: false })),
      ...[5, 5, 23, 30].map((ago) => ({ ago, failed: true })),
    ]);
    const quiet = await sent('hours', []);
    const counted = await read([busy, quiet]);
    const of = (id: string) => counted.data.find(({ webhookId }) => webhookId === id);
    expect(of(quiet)?.failed).toEqual(Array.from({ length: 24 }, () => 0));
    expect([of(busy)?.delivered[23], of(busy)?.delivered[18], of(busy)?.failed[18], of(busy)?.failed[0]]).toEqual([
      1, 1, 2, 1,
    ]);
    expect(of(busy)?.failed.reduce((sum, one) => sum + one)).toBe(3);
    while (await rollUpSent(test.db));
    const [sums] = await test.db('summed_up').select<{ sentBefore: number }[]>('sentBefore');
    expect(sums?.sentBefore).toBeGreaterThan(0);
    expect((await read([busy, quiet])).data).toEqual(counted.data);
  });

  it('is told of a key’s own client alone', async () => {
    const [own, foreign] = [await sent('own', []), await sent('foreign', [])];
    const { data } = await read([own, foreign], test.as({ clientId: 'own' }));
    expect(data.map(({ webhookId }) => webhookId)).toEqual([own]);
  });

  it('is told of a hundred at most', async () => {
    const ids = Array.from({ length: 101 }, () => newId());
    const { status } = await test.api.call('GET', `/api/webhooks/stats/activity?ids=${ids.join(',')}`);
    expect(status).toBe(400);
  });
});

it('the secrets that sign are listed with their ends, without what they are, to who may see the webhook', async () => {
  const webhook = await test.api.createWebhook({ clientId: 'own', url: 'http://127.0.0.1:9/' });
  const path = `/api/webhooks/${webhook.id}/secrets`;
  const list = async () => (await test.api.call<WebhookSecretList>('GET', path)).body.data;
  expect(await list()).toMatchObject([{ expiresAt: null }]);
  await test.api.call('POST', `/api/webhooks/${webhook.id}/rotate-secret`, { overlapSeconds: 3600 });
  const [newest, before] = await list();
  expect(newest?.expiresAt).toBeNull();
  expect(Date.parse(before?.expiresAt ?? '')).toBeGreaterThan(Date.now());
  await test.api.call('POST', `/api/webhooks/${webhook.id}/rotate-secret`, { overlapSeconds: 0 });
  expect(await list()).toHaveLength(1);
  expect((await test.as({ clientId: 'other' }).call('GET', path)).status).toBe(404);
});
