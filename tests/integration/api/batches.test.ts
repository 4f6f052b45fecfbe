import { beforeAll, describe, expect, it } from 'vitest';
import type { Batch, BatchDetail } from '../../../contract/batches.ts';
import type { Page } from '../../../contract/primitives.ts';
import type { Problem } from '../../../contract/problem.ts';
import { newId } from '../../../store/ids.ts';
import { createRows } from '../../support/rows.ts';
import { startTestApi, type TestApi } from './support.ts';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});

const list = (query = '', api = test.api) => api.call<Page<Batch> & Problem>('GET', `/api/batches${query}`);

/** Deliveries of a webhook with these statuses, as they may have been left. */
async function made(clientId: string, statuses: string[]): Promise<{ webhookId: string; deliveries: string[] }> {
  const rows = createRows(test.db);
  const { id: webhookId } = await test.api.createWebhook({ clientId, url: 'http://127.0.0.1:9/' });
  const deliveries: string[] = [];
  for (const status of statuses) {
    const eventId = await rows.event({ clientId });
    deliveries.push(await rows.delivery({ webhookId, eventId }, { clientId, status }));
  }
  return { webhookId, deliveries };
}

describe('bulk work', () => {
  it('is listed newest first, by whom it was begun and over what, and can be narrowed', async () => {
    const { webhookId } = await made('listed', ['failed', 'failed']);
    const filter = { webhookId, status: 'failed' };
    const { body: first } = await test.api.call<Batch>('POST', '/api/deliveries/retry', { filter });
    const since = new Date(Date.now() - 60_000).toISOString();
    const { body: second } = await test.api.call<Batch>('POST', `/api/webhooks/${webhookId}/recover`, { since });
    const { body } = await list();
    expect(body.data.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(body.data[1]).toEqual({ ...first, kind: 'retry', status: 'running', filter, startedBy: 'Admin', total: 2 });
    expect((await list('?kind=recover')).body.data.map(({ id }) => id)).toEqual([second.id]);
    expect((await list('?status=done')).body.data).toEqual([]);
    const { body: page } = await list('?limit=1');
    expect([page.data.length, page.pagination.hasMore]).toEqual([1, true]);
    const { body: next } = await list(`?limit=1&cursor=${page.pagination.nextCursor}`);
    expect(next.data.map(({ id }) => id)).toEqual([first.id]);
    expect((await list(`?to=${first.createdAt}`)).body.data).toEqual([]);
    expect((await list('?kind=other')).status).toBe(400);
  });

  it('is shown to a key that is bound to a client as far as it is over that client alone', async () => {
    await made('bound', ['failed']);
    const bound = test.as({ clientId: 'bound' });
    const retry = { filter: { status: 'failed' } };
    const { body: own } = await bound.call<Batch>('POST', '/api/deliveries/retry', retry);
    await test.api.call<Batch>('POST', '/api/deliveries/retry', retry);
    expect((await list('', bound)).body.data.map(({ id, clientId }) => [id, clientId])).toEqual([[own.id, 'bound']]);
    expect((await list('', test.as({ scopes: ['events:read'] }))).status).toBe(403);
  });

  it('tells what it tried and left behind, and why', async () => {
    const { webhookId, deliveries } = await made('behind', ['delivered', 'failed', 'failed', 'skipped']);
    const { body: batch } = await test.api.call<Batch>('POST', '/api/deliveries/retry', { filter: { webhookId } });
    const refused = { errorCode: 'http_status', errorMessage: 'HTTP 422', httpStatus: 422 };
    await test.db('deliveries').whereIn('id', deliveries.slice(1, 3)).update(refused);
    await test.db('batch_items').insert(
      deliveries.map((deliveryId, index) => ({
        ...{ batchId: batch.id, deliveryId, previousStatus: 'failed' },
        outcome: index === 0 ? 'done' : 'failed',
      })),
    );
    const { body } = await test.api.call<BatchDetail>('GET', `/api/batches/${batch.id}`);
    expect(body.leftBehind).toEqual([
      { status: 'failed', code: 'http_status', message: 'HTTP 422', count: 2 },
      { status: 'skipped', code: null, message: null, count: 1 },
    ]);
    expect((await test.api.call('GET', `/api/batches/${newId()}`)).status).toBe(404);
  });
});
