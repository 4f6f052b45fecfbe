import { beforeAll, describe, expect, it } from 'vitest';
import { HeavyPace } from '../../../store/heavyPace.ts';
import { firstIdAt, newId } from '../../../store/ids.ts';
import { LOOK_BACK_LIMITS, lookBack, type LookBack, type LookBackLimits } from '../../../api/search/lookBack.ts';
import { search } from '../../../api/search/search.ts';
import type { Problem } from '../../../contract/problem.ts';
import type { SearchResult } from '../../../contract/search.ts';
import { createRows } from '../../support/rows.ts';
import { startTestApi, type TestApi } from './support.ts';

let test: TestApi;
let rows: ReturnType<typeof createRows>;
beforeAll(async () => {
  test = await startTestApi();
  rows = createRows(test.db);
});

const find = async (q: string, more = '', api = test.api) =>
  (await api.call<SearchResult>('GET', `/api/search?q=${encodeURIComponent(q)}${more}`)).body;
/** Kind, id and reason of each hit. */
const hitsOf = ({ data }: SearchResult) => data.map(({ kind, id, why }) => `${kind} ${id} ${why.by}`);

async function webhook(clientId: string, name: string, url = 'http://127.0.0.1:9/'): Promise<string> {
  return (await test.api.createWebhook({ clientId, name, url })).id;
}
/** An event of a client of its own, so that tests see only theirs. */
async function event(clientId: string, payload: string, given: Record<string, unknown> = {}): Promise<string> {
  return rows.event({ clientId, payload, ...given });
}

describe('a search', () => {
  it('finds events, deliveries and webhooks by their ids, and looks into no payload then', async () => {
    const webhookId = await webhook('ids', 'Warehouse');
    const eventId = await event('ids', '{}');
    const deliveryId = await rows.delivery(
      { webhookId, eventId },
      { clientId: 'ids', workflowId: 'delivery:ids:4711', status: 'failed', errorMessage: 'No such host' },
    );
    await event('ids', `{"about":"${eventId} ${deliveryId} ${webhookId} delivery:ids:4711"}`);
    const api = test.as({ clientId: 'ids' });
    const byEvent = await find(eventId.toUpperCase(), '', api);
    expect(hitsOf(byEvent)).toEqual([`event ${eventId} id`, `delivery ${deliveryId} event_id`]);
    expect(byEvent.data[1]).toMatchObject({ detail: 'Warehouse: No such host', status: 'failed', clientId: 'ids' });
    expect(byEvent).toMatchObject({ lookedBackTo: null, isComplete: false });
    expect(hitsOf(await find(deliveryId, '', api))).toEqual([`delivery ${deliveryId} id`]);
    expect(hitsOf(await find('delivery:ids:4711', '', api))).toEqual([`delivery ${deliveryId} workflow_id`]);
    expect(hitsOf(await find(webhookId, '', api))).toEqual([`webhook ${webhookId} id`]);
    const further = await find(eventId, `&cursor=${byEvent.nextCursor}`, api);
    expect(further.data.map(({ kind, why }) => [kind, why.by])).toEqual([['event', 'payload']]);
  });

  it('finds an idempotency key by how it begins, the exact one first, and takes no character for a wildcard', async () => {
    const keys = ['order-47', 'order-471', 'order-4711', 'order_4711', 'ORDER-47'];
    const ids = new Map<string, string>();
    for (const idempotencyKey of keys) ids.set(idempotencyKey, await event('keys', '{}', { idempotencyKey }));
    const api = test.as({ clientId: 'keys' });
    const found = async (q: string) => (await find(q, '', api)).data.map(({ why }) => why.text);
    expect(await found('order-47')).toEqual(['order-47', 'order-4711', 'order-471']);
    expect(await found('order_')).toEqual(['order_4711']);
    expect(await found('order%')).toEqual([]);
    expect(hitsOf(await find('order-4711', '', api))).toEqual([`event ${ids.get('order-4711')} idempotency_key`]);
  });

  it('finds a tag by name and value, or by its value, however many events are newer', async () => {
    const old = await event('tags', '{}', {
      id: firstIdAt(new Date('2026-01-01')),
      tags: { region: 'eu', shop: 'zürich' },
    });
    for (let n = 0; n < 5; n++) await event('tags', '{}', { tags: { shop: `other ${n}`, region: 'us' } });
    const services = { db: test.db, pace: new HeavyPace(1), limits: { ...LOOK_BACK_LIMITS, mostEvents: 1, events: 1 } };
    const identity = { keyId: 'k', name: 'k', clientId: 'tags', scopes: ['events:read'] as const };
    for (const [q, text] of [
      ['region:eu', 'region:eu'],
      ['zürich', 'shop:zürich'],
    ] as const) {
      const { data } = await search(services, identity, { q }, () => true);
      expect(data).toMatchObject([{ kind: 'event', id: old, why: { by: 'tag', text } }]);
    }
    expect((await search(services, identity, { q: 'region:e' }, () => true)).data).toEqual([]);
  });

  it('finds a value in a payload, however it is spelled there, and shows what stands around it', async () => {
    const number = await event('values', '{"order": {"number": 4711, "lines": []}}');
    const escaped = await event('values', '{"city":"Z\\u00fcrich","size":"6\\" x 2"}');
    const wild = await event('values', '{"discount":"100%"}');
    const api = test.as({ clientId: 'values' });
    const { data, isComplete, lookedBackTo } = await find('4711', '', api);
    expect(data).toMatchObject([
      { id: number, why: { by: 'payload', text: '{"order": {"number": 4711, "lines": []}}' } },
    ]);
    expect(isComplete).toBe(true);
    expect(lookedBackTo).not.toBeNull();
    for (const q of ['Zürich', '6" x']) expect(hitsOf(await find(q, '', api))).toEqual([`event ${escaped} payload`]);
    expect(hitsOf(await find('100%', '', api))).toEqual([`event ${wild} payload`]);
    expect(hitsOf(await find('1%', '', api))).toEqual([]);
  });

  it('shows the deliveries of what it finds, first those that were not delivered', async () => {
    const webhookId = await webhook('why', 'Zalando');
    const eventId = await event('why', '{"order":4711}');
    const of = { webhookId, eventId };
    const failed = await rows.delivery(of, {
      clientId: 'why',
      status: 'failed',
      httpStatus: 503,
      errorMessage: 'HTTP 503',
    });
    const delivered = await rows.delivery(of, { clientId: 'why', status: 'delivered', httpStatus: 200 });
    const found = await find('4711', '', test.as({ clientId: 'why' }));
    expect(hitsOf(found)).toEqual([
      `delivery ${failed} payload`,
      `delivery ${delivered} payload`,
      `event ${eventId} payload`,
    ]);
    expect(found.data.map(({ detail }) => detail)).toEqual(['Zalando: HTTP 503', 'Zalando: HTTP 200', null]);
  });

  it('finds webhooks by a part of their name or URL, and event types by how they begin', async () => {
    const depot = await webhook('hooks', 'Depot', 'http://127.0.0.1:9/stock.example/in');
    const gone = await webhook('hooks', 'Depot of old', 'http://127.0.0.1:9/stock.example/old');
    await test.api.call('DELETE', `/api/webhooks/${gone}`);
    await event('hooks', '{}', { eventType: 'stock.moved' });
    await event('hooks', '{}', { eventType: 'stockpile' });
    for (const api of [test.api, test.as({ clientId: 'hooks' })]) {
      expect(hitsOf(await find('stock.example', '', api))).toEqual([`webhook ${depot} url`]);
      expect(hitsOf(await find('depo', '', api))).toEqual([`webhook ${depot} name`]);
      for (const q of ['stock.', 'stock.*', 'stock.m']) {
        expect(hitsOf(await find(q, '', api))).toContain('event_type stock.moved event_type');
        expect(hitsOf(await find(q, '', api))).not.toContain('event_type stockpile event_type');
      }
    }
  });

  it('finds nothing of another client', async () => {
    const webhookId = await webhook('theirs', 'Secret plans', 'http://127.0.0.1:9/plans.example');
    const given = { idempotencyKey: 'plans-1', tags: { plan: 'b' }, eventType: 'plans.made' };
    const eventId = await event('theirs', '{"plan":"secret plan"}', given);
    const deliveryId = await rows.delivery(
      { webhookId, eventId },
      { clientId: 'theirs', workflowId: 'delivery:theirs' },
    );
    await event('mine', '{}', { tags: { plan: 'a' } });
    const mine = test.as({ clientId: 'mine' });
    const asked = [eventId, deliveryId, webhookId, 'delivery:theirs', 'plans-1', 'plans', 'plan:b', 'b', 'secret plan'];
    for (const q of [...asked, 'Secret', 'plans.example']) {
      expect([q, (await find(q)).data.length]).not.toEqual([q, 0]);
      expect([q, (await find(q, '', mine)).data]).toEqual([q, []]);
    }
  });

  it('finds nothing that the key may not read', async () => {
    const webhookId = await webhook('scopes', 'scoped-1');
    const eventId = await event('scopes', '{"a":"scoped-1"}', { idempotencyKey: 'scoped-1' });
    const deliveryId = await rows.delivery({ webhookId, eventId }, { clientId: 'scopes', httpStatus: 200 });
    const as = (...scopes: Parameters<TestApi['as']>[0]['scopes'] & object) => test.as({ clientId: 'scopes', scopes });
    expect(hitsOf(await find('scoped-1', '', as('events:read')))).toEqual([`event ${eventId} idempotency_key`]);
    expect(hitsOf(await find('scoped-1', '', as('webhooks:read')))).toEqual([`webhook ${webhookId} name`]);
    const byDeliveries = await find('scoped-1', '', as('deliveries:read'));
    expect(byDeliveries).toEqual({ data: [], lookedBackTo: null, isComplete: true, nextCursor: null });
    const byEvent = await find(eventId, '', as('deliveries:read'));
    expect(hitsOf(byEvent)).toEqual([`delivery ${deliveryId} event_id`]);
    expect(byEvent.data[0]?.detail).toBe('HTTP 200');
    const refused = await as('events:write').call<Problem>('GET', '/api/search?q=scoped-1');
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
  });

  it('does not find an erased payload by what it held', async () => {
    const { body } = await test.api.postEvent({
      eventType: 'erased',
      clientId: 'erased',
      payload: { name: 'Erika M' },
    });
    const api = test.as({ clientId: 'erased' });
    expect((await find('Erika', '', api)).data).toHaveLength(1);
    await test.api.call('DELETE', `/api/events/${body.id}/payload`);
    for (const q of ['Erika', 'null']) expect((await find(q, '', api)).data).toEqual([]);
  });

  it('says how far back it looked, and looks on from there', async () => {
    const at = (minute: number) => firstIdAt(new Date(Date.UTC(2025, 0, 1, 0, minute)));
    const ids = Array.from({ length: 30 }, (_, minute) => at(minute));
    for (const [n, id] of ids.entries()) await event('far', `{"n":"number ${n}"}`, { id });
    const api = test.as({ clientId: 'far' });
    const first = await find('number', '&limit=2', api);
    expect(first.data.map(({ id }) => id)).toEqual([at(29), at(28)]);
    expect(first).toMatchObject({ lookedBackTo: '2025-01-01T00:28:00.000Z', isComplete: false });
    const next = await find('number', `&limit=2&cursor=${first.nextCursor}`, api);
    expect(next.data.map(({ id }) => id)).toEqual([at(27), at(26)]);
    const wrong = await test.api.call<Problem>('GET', '/api/search?q=x&cursor=AAAA');
    expect([wrong.status, wrong.body.code]).toEqual([400, 'validation_failed']);
  });

  it.each(['q=', 'q=%20', 'q=%00', 'limit=1', 'q=x&limit=0', 'q=x&limit=21', `q=${'x'.repeat(257)}`, 'q=x&other=1'])(
    'refuses %s',
    async (query) => {
      expect((await test.api.call('GET', `/api/search?${query}`)).status).toBe(400);
    },
  );
});

describe('looking back', () => {
  const identity = { keyId: 'k', name: 'k', clientId: 'back', scopes: ['admin'] as const };
  const restAt: number[] = [];
  const look = (text: string, limits: Partial<LookBackLimits> = {}, given: Partial<LookBack> = {}) => {
    restAt.length = 0;
    let parts = 0;
    const rest = () => void restAt.push(++parts);
    const what = { identity, text, limit: 5, before: undefined, since: performance.now(), rest, isWanted: () => true };
    return lookBack(
      test.db,
      { ...what, ...given },
      { ...LOOK_BACK_LIMITS, statementMs: 5000, budgetMs: 60_000, ...limits },
    );
  };
  let oldest: string;

  beforeAll(async () => {
    oldest = await event('back', '{"oldest":true}', { id: firstIdAt(new Date('2024-01-01')) });
    for (let n = 0; n < 20; n++) await event('back', `{"n":${n},"filling":"${'x'.repeat(1000)}"}`, { id: newId() });
  });

  it('goes from part to part, with a rest after each', async () => {
    const { found, hasMore } = await look('oldest', { events: 5 });
    expect(found.map(({ row }) => row.id)).toEqual([oldest]);
    expect(hasMore).toBe(false);
    expect(restAt).toEqual([1, 2, 3, 4, 5]);
  });

  it('ends with the part in which it has looked at enough, or was long enough at it, or nobody waits any more', async () => {
    expect((await look('oldest', { events: 5, mostEvents: 10 })).hasMore).toBe(true);
    expect(restAt).toEqual([1, 2]);
    const { found, hasMore, lookedTo } = await look('oldest', { events: 5, budgetMs: 0 });
    expect([found, hasMore, restAt]).toEqual([[], true, [1]]);
    expect(lookedTo).not.toBeNull();
    await look('oldest', { events: 5 }, { isWanted: () => false });
    expect(restAt).toEqual([1]);
    const { found: further } = await look('oldest', {}, { before: lookedTo ?? undefined });
    expect(further.map(({ row }) => row.id)).toEqual([oldest]);
  });

  it('reads no more bytes at a time than it may, and at least one event', async () => {
    await look('oldest', { bytes: 2200 });
    expect(restAt).toHaveLength(10);
    expect((await look('oldest', { bytes: 1 })).found).toHaveLength(1);
    expect(restAt).toHaveLength(21);
  });

  it('takes fewer events when the first part takes too long, and keeps what it has when a later one does', async () => {
    const release = await lock('events');
    test.db.once('query-error', () => void release());
    const { found, hasMore } = await look('oldest', { statementMs: 500 });
    expect([found.length, hasMore, restAt.length]).toEqual([1, false, 2]);
    let end = () => Promise.resolve();
    const rest = async () => void (end = await lock('events'));
    const stopped = await look('filling', { statementMs: 50, events: 3 }, { rest });
    await end();
    expect([stopped.found.length, stopped.hasMore]).toEqual([3, true]);
  });

  it('is unavailable when not even a few events can be read in time', async () => {
    const release = await lock('events');
    await expect(look('oldest', { statementMs: 50 })).rejects.toMatchObject({ code: 'unavailable' });
    await release();
  });

  it('leaves out what else takes too long, and says so', async () => {
    const release = await lock('webhooks');
    const found = await find('oldest', '', test.as({ clientId: 'back' }));
    await release();
    expect(hitsOf(found)).toEqual([`event ${oldest} payload`]);
    expect(found).toMatchObject({ isComplete: false, nextCursor: null });
  });
});

/** Lets nobody read a table until it is released. */
async function lock(table: string): Promise<() => Promise<void>> {
  const trx = await test.db.transaction();
  await trx.raw(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return async () => void (await trx.rollback());
}
