import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase } from '../../../store/connect.ts';
import type { Event, EventStats } from '../../../contract/events.ts';
import type { Page } from '../../../contract/primitives.ts';
import type { Problem } from '../../../contract/problem.ts';
import { startTestApi, type TestApi } from './support.ts';

interface BatchAnswer {
  results: { status: number; event?: Event; error?: Problem }[];
}

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});

const postBatch = (body: unknown) => test.api.call<BatchAnswer & Problem>('POST', '/api/events/batch', body);
const list = (query: string) => test.api.call<Page<Event>>('GET', `/api/events${query}`);

describe('posting an event', () => {
  it('answers 202 with the event, which can be read again', async () => {
    const { status, body } = await test.api.postEvent({ eventType: 'job.created', payload: { jobId: '1' } });
    expect(status).toBe(202);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
      eventType: 'job.created',
      payload: { jobId: '1' },
      clientId: 'default-client',
      idempotencyKey: null,
      status: 'unmatched',
      retryCount: 0,
      lastError: null,
      deliveryCount: 0,
      filteredCount: 0,
      payloadErasedAt: null,
      tags: {},
      webhookIds: null,
      deliverAt: null,
      orderingKey: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      updatedAt: body.createdAt,
    });
    expect((await test.api.getEvent(body.id)).body).toEqual({ ...body, deliveries: [] });
  });

  it('keeps the payload as it was written wherever it is read', async () => {
    const payload =
      '{ "b":1.50,"2":12345678901234567890,\n"1":-0.0e+10,"__proto__":{"x":1},"\\u0061":"\\ud800\\u0000" }';
    const text = `{"eventType":"exact","payload":${payload},"idempotencyKey":"exact-1"}`;
    const first = await test.api.call<Event>('POST', '/api/events', text);
    const again = await test.api.call<Event>('POST', '/api/events', text);
    expect([first.status, again.status]).toEqual([202, 200]);
    const answers = [first, again, await test.api.getEvent(first.body.id), await list('?eventType=exact')];
    for (const answer of answers) expect(answer.text).toContain(`"payload":${payload}`);
    const batch = await postBatch(`{"events":[ ${text} ]}`);
    expect(batch.text).toContain(`"payload":${payload}`);
  });

  it('makes one delivery for each webhook of the client that wants the type', async () => {
    const clientId = randomUUID();
    const url = 'http://127.0.0.1:1/';
    for (const eventTypes of [['*'], ['job.*', 'job.created'], ['job.created'], ['other']]) {
      await test.api.createWebhook({ clientId, url, eventTypes });
    }
    await test.api.createWebhook({ clientId, url, eventTypes: ['job.*'], isActive: false });
    await test.api.createWebhook({ clientId: 'somebody-else', url, eventTypes: ['*'] });
    const { body } = await test.api.postEvent({ clientId, eventType: 'job.created', payload: {} });
    expect(body).toMatchObject({ status: 'pending', deliveryCount: 4 });
    const { deliveries } = (await test.api.getEvent(body.id)).body;
    expect(deliveries.map(({ status }) => status).sort()).toEqual(['pending', 'pending', 'pending', 'skipped']);
    expect(deliveries[0]).toMatchObject({
      eventId: body.id,
      clientId,
      eventType: 'job.created',
      retryCount: 0,
      error: null,
    });
  });
});

describe('an idempotency key', () => {
  const eventWith = (idempotencyKey: string, more: object = {}) => ({
    eventType: 'a',
    payload: { x: 1, y: [1, 2] },
    idempotencyKey,
    ...more,
  });

  it('answers the same content with 200, the first event and Idempotent-Replayed', async () => {
    const first = await test.api.postEvent(eventWith('same'));
    const again = await test.api.postEvent({ idempotencyKey: 'same', payload: { y: [1, 2], x: 1 }, eventType: 'a' });
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([202, null]);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(again.body).toEqual(first.body);
  });

  it.each([
    ['type', { eventType: 'b' }],
    ['payload', { payload: { x: 1, y: [2, 1] } }],
  ])('refuses another %s with 409', async (what, more) => {
    await test.api.postEvent(eventWith(`other-${what}`));
    const { status, body } = await test.api.postEvent(eventWith(`other-${what}`, more));
    expect([status, body]).toMatchObject([409, { code: 'idempotency_conflict' }]);
  });

  it('compares numbers by their spelling', async () => {
    const event = (n: string) => `{"eventType":"a","payload":{"n":${n}},"idempotencyKey":"spelling"}`;
    expect((await test.api.call('POST', '/api/events', event('1'))).status).toBe(202);
    expect((await test.api.call('POST', '/api/events', event('1.0'))).status).toBe(409);
  });

  it('belongs to its client', async () => {
    const ids = await Promise.all(
      ['one', 'two'].map(async (clientId) => (await test.api.postEvent(eventWith('shared', { clientId }))).body.id),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('may come in the header, the body, or both when they agree', async () => {
    const header = (value: string) => ({ 'idempotency-key': value });
    const { idempotencyKey: _, ...withoutKey } = eventWith('');
    const first = await test.api.postEvent(withoutKey, header('by-header'));
    expect(first.body).toMatchObject({ idempotencyKey: 'by-header' });
    expect((await test.api.postEvent(eventWith('by-header'))).status).toBe(200);
    expect((await test.api.postEvent(eventWith('by-header'), header('by-header'))).status).toBe(200);
    expect((await test.api.postEvent(withoutKey, header('"quoted"'))).body.idempotencyKey).toBe('"quoted"');
    for (const wrong of ['differs', '', 'a b', 'é', 'x'.repeat(256)]) {
      const { status, body } = await test.api.postEvent(eventWith('by-header'), header(wrong));
      expect([status, body]).toMatchObject([400, { code: 'validation_failed' }]);
    }
  });
});

describe('a batch', () => {
  it('gives each item the answer that it would have got alone, in order', async () => {
    await test.api.postEvent({ eventType: 'a', payload: {}, idempotencyKey: 'batch-known' });
    const big = { eventType: 'a', payload: { x: 'x'.repeat(262_144) } };
    const deep = `{"eventType":"a","payload":${'{"a":'.repeat(64)}1${'}'.repeat(64)}}`;
    const items = [
      JSON.stringify({ eventType: 'a', payload: { n: 1 } }),
      '{"eventType":"a"}',
      JSON.stringify(big),
      '{"eventType":"a","payload":{"x":1,"x":2}}',
      deep,
      'null',
      '{"eventType":"a","payload":{},"idempotencyKey":"batch-known"}',
      '{"eventType":"b","payload":{},"idempotencyKey":"batch-known"}',
      '{"eventType":"a","payload":{"n":12345678901234567890}}',
    ];
    const { status, body, text } = await postBatch(`{"events":[${items.join(', ')}]}`);
    expect(status).toBe(202);
    expect(body.results.map((result) => result.status)).toEqual([202, 400, 413, 400, 400, 400, 200, 409, 202]);
    expect(body.results[1]?.error).toMatchObject({ code: 'validation_failed', errors: [{ path: '/payload' }] });
    expect(body.results[3]?.error).toMatchObject({ errors: [{ path: '/payload/x' }] });
    expect(body.results[7]?.error).toMatchObject({ code: 'idempotency_conflict' });
    expect(text).toContain('"payload":{"n":12345678901234567890}');
  });

  it('takes the first of two equal keys', async () => {
    const event = { eventType: 'a', payload: { n: 1 }, idempotencyKey: 'twice-in-batch' };
    const { body } = await postBatch({ events: [event, event, { ...event, payload: { n: 2 } }, event] });
    expect(body.results.map(({ status }) => status)).toEqual([202, 200, 409, 200]);
  });

  it('takes five hundred events and up to 4 MiB', async () => {
    const events = Array.from({ length: 500 }, (_, n) => ({ eventType: 'many', payload: { n, x: 'x'.repeat(8000) } }));
    const { status, body } = await postBatch({ events });
    expect(status).toBe(202);
    expect(body.results.every((result) => result.status === 202)).toBe(true);
    expect(body.results.map(({ event }) => event?.payload?.['n'])).toEqual(events.map((_, n) => n));
  });

  it.each([
    ['no events', { events: [] }, 400],
    ['501 events', { events: Array.from({ length: 501 }, () => ({ eventType: 'a', payload: {} })) }, 400],
    ['no list', { events: {} }, 400],
    ['nothing', {}, 400],
    ['an unknown member', { events: [{ eventType: 'a', payload: {} }], more: 1 }, 400],
    ['more than 4 MiB', { events: [{ eventType: 'a', payload: { x: 'x'.repeat(4_194_304) } }] }, 413],
    ['events given twice', '{"events":[{"eventType":"a","payload":{}}],"events":[]}', 400],
    ['bad syntax in one item', '{"events":[{"eventType":"a","payload":{}},{"eventType":"a",}]}', 400],
  ])('with %s is refused as a whole', async (_, body, expected) => {
    expect((await postBatch(body)).status).toBe(expected);
  });

  it('is refused as a whole when the database is away, so that it can be sent again', async () => {
    const db = connectDatabase({ url: 'postgres://relay@127.0.0.1:1/relay', poolMax: 2 });
    const away = await startTestApi({ db });
    const all = await away.api.call('POST', '/api/events/batch', { events: [{ eventType: 'a', payload: {} }, null] });
    expect([all.status, all.headers.get('retry-after')]).toEqual([503, '2']);
    await db.destroy();
  });
});

describe('the list of events', () => {
  it('is newest first, in pages that stay as they are while events are added', async () => {
    const clientId = randomUUID();
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1)
      ids.unshift((await test.api.postEvent({ clientId, eventType: 'a', payload: { n } })).body.id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body }: { body: Page<Event> } = await list(
        `?clientId=${clientId}&limit=3${cursor ? `&cursor=${cursor}` : ''}`,
      );
      expect(body.pagination).toMatchObject({ limit: 3, hasMore: body.pagination.nextCursor !== null });
      seen.push(...body.data.map(({ id }) => id));
      cursor = body.pagination.nextCursor;
      await test.api.postEvent({ clientId, eventType: 'a', payload: {} });
    } while (cursor);
    expect(seen).toEqual(ids);
  });

  it('has 20 rows unless asked for more, and none for what is not there', async () => {
    expect((await list('')).body).toMatchObject({ pagination: { limit: 20, hasMore: true } });
    expect((await list('')).body.data).toHaveLength(20);
    expect((await list('?limit=100')).body.data).toHaveLength(100);
    expect((await list('?clientId=nobody')).body).toEqual({
      data: [],
      pagination: { limit: 20, nextCursor: null, hasMore: false },
    });
  });

  it('is narrowed by all filters together', async () => {
    const clientId = randomUUID();
    const make = async (eventType: string, idempotencyKey: string) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return (await test.api.postEvent({ clientId, eventType, payload: {}, idempotencyKey })).body;
    };
    const [a, b, c] = [await make('a', 'k1'), await make('b', 'k2'), await make('a', 'k3')];
    const idsOf = async (query: string) => (await list(`?clientId=${clientId}${query}`)).body.data.map(({ id }) => id);
    expect(await idsOf('&eventType=a')).toEqual([c.id, a.id]);
    expect(await idsOf('&idempotencyKey=k2')).toEqual([b.id]);
    expect(await idsOf('&status=unmatched&eventType=b')).toEqual([b.id]);
    expect(await idsOf('&status=delivered')).toEqual([]);
    expect(await idsOf(`&from=${b.createdAt}`)).toEqual([c.id, b.id]);
    expect(await idsOf(`&to=${b.createdAt}`)).toEqual([a.id]);
    expect(await idsOf(`&from=${b.createdAt}&to=${b.createdAt}`)).toEqual([]);
    expect(await idsOf(`&from=${encodeURIComponent('1900-01-01T00:00:00+01:00')}`)).toHaveLength(3);
  });
});

describe('the statistics of events', () => {
  it('count by status, type and time', async () => {
    const clientId = randomUUID();
    await test.api.createWebhook({ clientId, url: 'http://127.0.0.1:1/', eventTypes: ['job.*'] });
    for (const eventType of ['job.a', 'job.a', 'job.b', 'lonely']) {
      await test.api.postEvent({ clientId, eventType, payload: {} });
    }
    const [first] = await test
      .db<{ id: string; clientId: string; status: string }>('deliveries')
      .where({ clientId })
      .orderBy('id');
    await test
      .db('deliveries')
      .where('id', first?.id ?? '')
      .update({ status: 'delivered' });
    const { status, body } = await test.api.call<EventStats>('GET', `/api/events/stats/summary?clientId=${clientId}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      total: 4,
      byStatus: { pending: 2, delivered: 1, failed: 0, skipped: 0, unmatched: 1 },
      byType: [
        { eventType: 'job.a', total: 2, delivered: 1, failed: 0 },
        { eventType: 'job.b', total: 1, delivered: 0, failed: 0 },
        { eventType: 'lonely', total: 1, delivered: 0, failed: 0 },
      ],
      intervalSeconds: 10,
    });
    expect(body.perInterval.reduce((sum, { total }) => sum + total, 0)).toBe(4);
  });

  it('have zeros where nothing was, in at most 400 intervals', async () => {
    const from = new Date(Date.now() - 86_400_000).toISOString();
    const { body } = await test.api.call<EventStats>('GET', `/api/events/stats/summary?clientId=nobody&from=${from}`);
    expect(body).toMatchObject({ total: 0, byType: [], intervalSeconds: 300 });
    expect(body.perInterval.length).toBeGreaterThan(280);
    expect(body.perInterval.length).toBeLessThanOrEqual(400);
    expect(body.perInterval.every(({ total }) => total === 0)).toBe(true);
    const empty = await test.api.call<EventStats>('GET', '/api/events/stats/summary?clientId=nobody');
    expect(empty.body).toMatchObject({ total: 0, perInterval: [] });
    const ages = await test.api.call<EventStats>(
      'GET',
      '/api/events/stats/summary?from=0001-01-01T00:00:00Z&to=9999-01-01T00:00:00Z',
    );
    expect(ages.body.perInterval.length).toBeLessThanOrEqual(400);
    expect(ages.body.perInterval.reduce((sum, { total }) => sum + total, 0)).toBe(ages.body.total);
  });
});

describe('a key bound to a client', () => {
  it('posts for its own client, and for no other', async () => {
    const api = test.as({ clientId: 'bound' });
    expect((await api.postEvent({ eventType: 'a', payload: {} })).body.clientId).toBe('bound');
    expect((await api.postEvent({ eventType: 'a', payload: {}, clientId: 'bound' })).status).toBe(202);
    const other = await api.postEvent({ eventType: 'a', payload: {}, clientId: 'default-client' });
    expect([other.status, other.body]).toMatchObject([403, { code: 'forbidden' }]);
    const events = [
      { eventType: 'a', payload: {}, clientId: 'default-client' },
      { eventType: 'a', payload: {} },
    ];
    const batch = await api.call<BatchAnswer>('POST', '/api/events/batch', { events });
    expect(batch.body.results.map(({ status }) => status)).toEqual([403, 202]);
    expect(batch.body.results[1]?.event?.clientId).toBe('bound');
  });

  it('sees only what is its own', async () => {
    const api = test.as({ clientId: 'narrow' });
    const { body: own } = await api.postEvent({ eventType: 'a', payload: {} });
    const { body: others } = await test.api.postEvent({ eventType: 'a', payload: {} });
    expect((await api.getEvent(own.id)).status).toBe(200);
    expect((await api.getEvent(others.id)).status).toBe(404);
    expect((await api.call<Page<Event>>('GET', '/api/events')).body.data.map(({ id }) => id)).toEqual([own.id]);
    expect((await api.call<Page<Event>>('GET', '/api/events?clientId=default-client')).body.data).toEqual([]);
    expect((await api.call<EventStats>('GET', '/api/events/stats/summary')).body.total).toBe(1);
  });
});
