import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from '../../../contract/primitives.ts';
import type { Webhook, WebhookTrouble } from '../../../contract/webhooks.ts';
import { newId } from '../../../store/ids.ts';
import { createRows } from '../../support/rows.ts';
import { startTestApi, type TestApi } from './support.ts';

const SINCE = '2026-01-01T00:00:00.000Z';
const DISABLED = { isActive: false, disabledReason: 'Down for 120 hours', disabledAt: SINCE };
const DOWN = { healthState: 'down', healthSince: SINCE, downAt: SINCE, healthError: 'HTTP 503' };
let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});

type Given = Record<string, unknown>;

async function webhook(clientId: string, given: Given = {}, deliveries: Given[] = []): Promise<string> {
  const rows = createRows(test.db);
  const { id } = await test.api.createWebhook({ clientId, url: 'http://127.0.0.1:9/' });
  if (Object.keys(given).length > 0) await test.db('webhooks').where({ id }).update(given);
  for (const delivery of deliveries) {
    await rows.delivery({ webhookId: id, eventId: await rows.event({ clientId }) }, { clientId, ...delivery });
  }
  return id;
}
const read = async (clientId: string, query = '', api = test.api) =>
  (await api.call<WebhookTrouble>('GET', `/api/webhooks/stats/trouble?clientId=${clientId}${query}`)).body.data;
const listed = async (query: string) =>
  (await test.api.call<Page<Webhook>>('GET', `/api/webhooks?${query}`)).body.data.map(({ id }) => id);

describe('webhooks in trouble', () => {
  it('are found however many newer ones are well', async () => {
    const id = await webhook('many', DISABLED, [{ status: 'skipped' }, { status: 'skipped' }]);
    for (let n = 0; n < 105; n++) await webhook('many');
    const [group, ...others] = await read('many');
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      ...{ state: 'disabled', count: 1, since: SINCE, waiting: 2 },
      causes: [{ message: 'Down for 120 hours', count: 1 }],
    });
    expect(group?.webhooks[0]).toMatchObject({
      webhook: { id, isActive: false },
      since: SINCE,
      waiting: 2,
      lastError: 'Down for 120 hours',
    });
    expect(await listed('clientId=many&trouble=disabled')).toEqual([id]);
  });

  it('stand by what it is, the worst state first, and in it those that most waits for; one in the first state that it is in', async () => {
    const waiting = { status: 'pending' };
    const few = await webhook('states', DOWN, [waiting]);
    const many = await webhook('states', { ...DOWN, consecutiveFailures: 3 }, [waiting, waiting]);
    const retrying = { status: 'retrying', lastAttemptAt: SINCE, errorMessage: 'No such host', errorCode: 'dns' };
    const failing = await webhook('states', {}, [retrying]);
    await test.db('webhook_streaks').insert({ webhookId: failing, failures: 2, deliveryIds: [], since: SINCE });
    const held = await webhook('states', {}, [{ status: 'pending', holdReason: 'rate_limit', holdSince: SINCE }]);
    await webhook('states', {}, [{ status: 'pending', holdReason: 'rate_limit', holdSince: new Date() }]);
    await webhook('states', { ...DOWN, deletedAt: new Date() });
    const shown = (await read('states')).map(({ state, webhooks }) => [state, webhooks.map((one) => one.webhook.id)]);
    expect(shown).toEqual([
      ['down', [many, few]],
      ['failing', [failing]],
      ['held', [held]],
    ]);
    const groups = await read('states', '&limit=1');
    expect(groups[0]).toMatchObject({ waiting: 3, since: SINCE, causes: [{ message: 'HTTP 503', count: 2 }] });
    expect(groups[0]).toMatchObject({ count: 2, webhooks: [{ waiting: 2, since: SINCE, lastError: 'HTTP 503' }] });
    expect(groups[1]?.webhooks[0]).toMatchObject({ since: SINCE, lastAttemptAt: SINCE, lastError: 'No such host' });
    expect(await listed('clientId=states&trouble=down')).toEqual([many, few]);
    expect(await listed('clientId=states&trouble=failing')).toEqual([failing]);
  });

  it('are apart from those that people have disabled, or made so', async () => {
    const id = await webhook(
      'calm',
      { isActive: false, disabledReason: 'Disabled by an operator', disabledAt: SINCE },
      [{ status: 'skipped' }],
    );
    const ill = await webhook('calm', DISABLED);
    const shown = (await read('calm')).map(({ state, webhooks }) => [state, webhooks.map((one) => one.webhook.id)]);
    expect(shown).toEqual([
      ['disabled', [ill]],
      ['inactive', [id]],
    ]);
    expect(await listed('clientId=calm&trouble=inactive')).toEqual([id]);
    expect((await read('calm'))[1]).toMatchObject({ waiting: 1 });
  });

  it('are slow when their latest answers took long', async () => {
    const id = await webhook('slow', {}, [{ status: 'delivered' }]);
    const { id: deliveryId } = await test.db('deliveries').where({ webhookId: id }).first<{ id: string }>('id');
    const attempt = { deliveryId, trigger: 'automatic', startedAt: new Date(), durationMs: 6000 };
    await test.db('attempts').insert([1, 2, 3].map((number) => ({ ...attempt, id: newId(), number })));
    expect(await read('slow')).toMatchObject([{ state: 'slow', webhooks: [{ webhook: { id } }] }]);
  });

  it('are shown to a key that is bound to a client as far as they are its own', async () => {
    const id = await webhook('own', DISABLED);
    await webhook('foreign', DISABLED);
    const own = test.as({ clientId: 'own' });
    const { body } = await own.call<WebhookTrouble>('GET', '/api/webhooks/stats/trouble');
    expect(body.data.flatMap(({ webhooks }) => webhooks.map((one) => one.webhook.id))).toEqual([id]);
    expect(await read('foreign', '', own)).toEqual([]);
  });
});
