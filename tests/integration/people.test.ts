import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiKey, AuditEntry, Me, SessionLink } from '../../contract/access.ts';
import type { Batch } from '../../contract/batches.ts';
import type { DeliveryDetail } from '../../contract/deliveries.ts';
import type { EventType } from '../../contract/eventTypes.ts';
import type { Event, EventCount, EventWithDeliveries } from '../../contract/events.ts';
import type { Page } from '../../contract/primitives.ts';
import type { Problem } from '../../contract/problem.ts';
import { connectDatabase } from '../../store/connect.ts';
import { eraseOutlived } from '../../store/erasure/eraseOutlived.ts';
import { firstIdAt, timeOfId } from '../../store/ids.ts';
import { createApiClient } from '../support/apiClient.ts';
import { execute } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

let relay: TestRelay;
const receiver = { url: '', status: 200, taken: 0 };
const server = createServer((request, response) => {
  receiver.taken += 1;
  request.resume().on('end', () => response.writeHead(receiver.status).end('took it'));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  relay = await startTestRelay();
});
afterAll(() => server.close());

async function makeLink(body: object = {}): Promise<string> {
  const given = { clientId: 'acme', scopes: ['webhooks:read'], expiresInSeconds: 60, ...body };
  const answer = await relay.api.call<SessionLink>('POST', '/api/session-links', given);
  expect(answer.status).toBe(201);
  return answer.body.url;
}

/** Opens a link as a browser does; answers where it leads and with which cookie. */
async function open(url: string, headers: Record<string, string> = {}): Promise<{ to: string | null; cookie: string }> {
  const { headers: answered } = await fetch(url, { redirect: 'manual', headers });
  return { to: answered.get('location'), cookie: answered.get('set-cookie')?.split(';')[0] ?? '' };
}

function as(cookie: string, path: string): Promise<Response> {
  return fetch(relay.url + path, { headers: { cookie } });
}

describe('a link', () => {
  test('opened once signs a browser in as that client with these scopes', async () => {
    const url = await makeLink();
    expect(url.startsWith(relay.url)).toBe(true);
    const { to, cookie } = await open(url);
    expect(to).toBe('/');
    const me = (await (await as(cookie, '/api/me')).json()) as Me;
    expect(me).toMatchObject({ name: 'Link for acme', clientId: 'acme', scopes: ['webhooks:read'] });
    expect((await as(cookie, '/api/webhooks')).status).toBe(200);
    expect((await as(cookie, '/api/keys')).status).toBe(403);
    expect(await open(url)).toEqual({ to: '/sign-in?link=over', cookie: '' });
  });

  test('is opened by one of many who try at once', async () => {
    const url = await makeLink();
    const opened = await Promise.all(Array.from({ length: 8 }, () => open(url)));
    expect(opened.filter(({ cookie }) => cookie !== '')).toHaveLength(1);
  });

  test('that is over, or never was, leads to the page that says so', async () => {
    const url = await makeLink({ expiresInSeconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await open(url)).toEqual({ to: '/sign-in?link=over', cookie: '' });
    expect(await open(`${relay.url}/links/${'x'.repeat(43)}`)).toEqual({
      to: '/sign-in?link=over',
      cookie: '',
    });
  });

  test('is not used up by a program that fetches it for a preview', async () => {
    const url = await makeLink();
    const preview = { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' };
    expect(await open(url, preview)).toEqual({ to: null, cookie: '' });
    expect((await fetch(url, { method: 'HEAD', redirect: 'manual' })).headers.get('set-cookie')).toBeNull();
    expect((await open(url)).to).toBe('/');
  });

  test('gives no more than its maker has, and ends with it', async () => {
    const made = await relay.api.call<ApiKey & { key: string }>('POST', '/api/keys', {
      ...{ name: 'Support', scopes: ['admin'], clientId: 'acme' },
    });
    const api = createApiClient(relay.url, made.body.key);
    const link = { scopes: ['webhooks:read'], expiresInSeconds: 60 };
    expect((await api.call('POST', '/api/session-links', { ...link, clientId: 'other' })).status).toBe(403);
    const { body } = await api.call<SessionLink>('POST', '/api/session-links', { ...link, clientId: 'acme' });
    await relay.api.call('DELETE', `/api/keys/${made.body.id}`);
    expect((await open(body.url)).cookie).toBe('');
  });

  test('lives a day at most', async () => {
    const body = { clientId: 'acme', scopes: ['webhooks:read'], expiresInSeconds: 86_401 };
    expect((await relay.api.call('POST', '/api/session-links', body)).status).toBe(400);
  });

  test('that was opened stands among the keys, where it can be ended, and its making in the audit trail', async () => {
    const { cookie } = await open(await makeLink({ clientId: 'ended' }));
    const keys = await relay.api.call<Page<ApiKey>>('GET', '/api/keys');
    const visit = keys.body.data.find(({ name }) => name === 'Link for ended');
    await relay.api.call('DELETE', `/api/keys/${visit?.id}`);
    await expect.poll(async () => (await as(cookie, '/api/me')).status, { timeout: 5000 }).toBe(401);
    const audit = await relay.api.call<Page<AuditEntry>>('GET', '/api/audit?action=session_link.created');
    expect(audit.body.data[0]).toMatchObject({
      actor: { keyId: 'admin' },
      changes: { clientId: { before: null, after: 'ended' } },
    });
    expect(audit.text).not.toContain('/links/');
  });
});

describe('an erased payload', () => {
  const SECRET = 'Erika Mustermann';
  /** A payload whose members come back in another order, with what jsonb cannot hold. */
  const payload = { name: SECRET, nothing: '\u0000', n: 1 };

  async function deliver(eventType: string, more: object = {}): Promise<EventWithDeliveries> {
    await relay.api.createWebhook({ url: receiver.url, eventTypes: [eventType] });
    const { body } = await relay.api.postEvent({ eventType, payload, ...more });
    return eventually(async () => {
      const event = (await relay.api.getEvent(body.id)).body;
      return event.status === 'delivered' && event;
    });
  }

  test('is gone from rows and answers, while rows, states and times stay', async () => {
    const event = await deliver('erase.one');
    const [delivery] = event.deliveries;
    const before = await relay.api.call<DeliveryDetail>('GET', `/api/deliveries/${delivery?.id}`);
    expect(before.text).toContain('took it');
    expect((await relay.api.call('DELETE', `/api/events/${event.id}/payload`)).status).toBe(204);
    expect((await relay.api.call('DELETE', `/api/events/${event.id}/payload`)).status).toBe(204);
    const after = await relay.api.call<EventWithDeliveries>('GET', `/api/events/${event.id}`);
    expect(after.body).toMatchObject({
      status: 'delivered',
      payload: null,
      payloadErasedAt: expect.any(String) as string,
    });
    const detail = await relay.api.call<DeliveryDetail>('GET', `/api/deliveries/${delivery?.id}`);
    expect(detail.body).toMatchObject({ status: 'delivered', attempts: [{ httpStatus: 200 }] });
    expect(after.text + detail.text).not.toMatch(/took it|Erika/);
    const audit = await relay.api.call<Page<AuditEntry>>('GET', `/api/audit?targetId=${event.id}`);
    expect(audit.body.data.map(({ action }) => action)).toEqual(['event.erased']);
    expect(audit.text).not.toContain(SECRET);
  });

  test('is never sent again: open deliveries are cancelled, retries and replays refused', async () => {
    receiver.status = 500;
    const webhook = await relay.api.createWebhook({ url: receiver.url, eventTypes: ['erase.open'] });
    const { body: event } = await relay.api.postEvent({ eventType: 'erase.open', payload });
    await eventually(async () => (await relay.api.getEvent(event.id)).body.deliveries[0]?.status === 'retrying');
    await relay.api.call('DELETE', `/api/events/${event.id}/payload`);
    const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
    expect(delivery?.status).toBe('cancelled');
    receiver.status = 200;
    const retry = await relay.api.call('POST', `/api/deliveries/${delivery?.id}/retry`);
    expect(retry).toMatchObject({ status: 409, body: { code: 'payload_erased' } });
    const replay = await relay.api.call('POST', `/api/events/${event.id}/replay`);
    expect(replay).toMatchObject({ status: 409, body: { code: 'payload_erased' } });
    const bulk = { filter: { webhookId: webhook.id }, dryRun: true };
    expect((await relay.api.call('POST', '/api/deliveries/retry', bulk)).body).toEqual({ count: 0 });
  });

  test('still answers for its idempotency key, by a digest', async () => {
    const key = { idempotencyKey: 'erased-order-1' };
    const event = await deliver('erase.key', key);
    await relay.api.call('DELETE', `/api/events/${event.id}/payload`);
    const same = { eventType: 'erase.key', payload: { n: 1, nothing: '\u0000', name: SECRET }, ...key };
    expect(await relay.api.call<Event>('POST', '/api/events', same)).toMatchObject({
      status: 200,
      body: { id: event.id },
    });
    const other = { ...same, payload: { ...same.payload, n: 2 } };
    expect(await relay.api.call('POST', '/api/events', other)).toMatchObject({
      status: 409,
      body: { code: 'idempotency_conflict' },
    });
  });

  test('of many goes by a filter, with a count first, as a batch', async () => {
    const many = Array.from({ length: 250 }, (_, n) => ({
      ...{ eventType: 'erase.many', payload: { n, name: SECRET } },
      tags: { person: '4711' },
    }));
    await relay.api.call('POST', '/api/events/batch', { events: many });
    await relay.api.postEvent({ eventType: 'erase.kept', payload });
    const filter = { eventType: 'erase.many', tag: 'person:4711' };
    const counted = await relay.api.call<EventCount>('POST', '/api/events/erase', { filter, dryRun: true });
    expect(counted).toMatchObject({ status: 200, body: { count: 250 } });
    const started = await relay.api.call<Batch>('POST', '/api/events/erase', { filter });
    expect(started).toMatchObject({ status: 202, body: { kind: 'erasure', total: 250 } });
    await eventually(async () => {
      const { body } = await relay.api.call<Batch>('GET', `/api/batches/${started.body.id}`);
      return body.status === 'done' && body.done === 250;
    });
    const { text } = await relay.api.call('GET', '/api/events?eventType=erase.many&limit=100');
    expect(text).not.toContain(SECRET);
    expect((await relay.api.call('GET', '/api/events?eventType=erase.kept')).text).toContain(SECRET);
    expect((await relay.api.call('POST', '/api/events/erase', { filter: {} })).status).toBe(400);
  });
});

describe('how long payloads are kept', () => {
  const SECRET = 'Erika Mustermann';
  const ONCE = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };
  const makeType = (name: string, retention: object) =>
    relay.api.call<EventType & Problem>('POST', '/api/event-types', { name, ...retention });
  const isErased = async (id: string) => {
    const { text, body } = await relay.api.call<EventWithDeliveries>('GET', `/api/events/${id}`);
    return body.payloadErasedAt !== null && !/Erika|took it/.test(text) && body;
  };
  /** Has an event, and what hangs on it, be so many days older. */
  const age = async (id: string, days: number) => {
    const older = id.replace(/^(.{8})-(.{4})/, () => {
      const ms = timeOfId(id).getTime() - days * 86_400_000;
      return firstIdAt(new Date(ms)).slice(0, 13);
    });
    const steps = [
      `INSERT INTO events (id, client_id, event_type, payload, idempotency_key, delivery_count, open_count, delivered_count,
         created_at, updated_at) SELECT '${older}', client_id, event_type, payload, 'older-${id}', delivery_count, open_count,
         delivered_count, created_at - interval '${days} days', updated_at FROM events WHERE id = '${id}'`,
      `UPDATE deliveries SET event_id = '${older}' WHERE event_id = '${id}'`,
      `DELETE FROM events WHERE id = '${id}'`,
    ];
    await execute(relay.env['DATABASE_URL'] ?? '', steps.join(';\n'));
    return older;
  };

  test('is until they are delivered, for a type that says so; the key still answers', async () => {
    receiver.status = 200;
    await makeType('kept.delivered', { eraseWhenDelivered: true });
    await relay.api.createWebhook({ url: receiver.url, eventTypes: ['kept.delivered'] });
    const event = { eventType: 'kept.delivered', payload: { name: SECRET }, idempotencyKey: 'kept-1' };
    const { body } = await relay.api.postEvent(event);
    const erased = await eventually(() => isErased(body.id));
    expect(erased).toMatchObject({
      status: 'delivered',
      payload: null,
      deliveries: [{ responseBody: null, httpStatus: 200 }],
    });
    const attempts = await relay.api.call<DeliveryDetail>('GET', `/api/deliveries/${erased.deliveries[0]?.id}`);
    expect(attempts.body.attempts.map(({ responseBody }) => responseBody)).toEqual([null]);
    expect(await relay.api.call('POST', '/api/events', event)).toMatchObject({ status: 200, body: { id: body.id } });
    const other = { ...event, payload: { name: 'another' } };
    expect((await relay.api.call('POST', '/api/events', other)).status).toBe(409);
  });

  test('is longer for what failed, until it was delivered by hand', async () => {
    await makeType('kept.failed', { eraseWhenDelivered: true });
    receiver.status = 500;
    await relay.api.createWebhook({ url: receiver.url, eventTypes: ['kept.failed'], retryPolicy: ONCE });
    const { body } = await relay.api.postEvent({ eventType: 'kept.failed', payload: { name: SECRET } });
    const failed = await eventually(async () => {
      const { body: event } = await relay.api.getEvent(body.id);
      return event.status === 'failed' && event;
    });
    expect(failed.payload).toEqual({ name: SECRET });
    receiver.status = 200;
    await relay.api.call('POST', `/api/deliveries/${failed.deliveries[0]?.id}/retry`);
    await eventually(() => isErased(body.id));
  });

  test('is not changed by a type for the events of others, nor for those that nobody took yet', async () => {
    const unmatched = await relay.api.postEvent({ eventType: 'kept.delivered.not', payload: { name: SECRET } });
    const { body } = await relay.api.getEvent(unmatched.body.id);
    expect([body.status, body.payloadErasedAt]).toEqual(['unmatched', null]);
  });

  test('is some days for a type that says so, whatever became of them', async () => {
    receiver.status = 500;
    const webhook = await relay.api.createWebhook({ url: receiver.url, eventTypes: ['kept.days'] });
    const payload = { name: SECRET };
    const young = await relay.api.postEvent({ eventType: 'kept.days', payload });
    const posted = await relay.api.postEvent({ eventType: 'kept.days', payload });
    await eventually(async () => (await relay.api.getEvent(posted.body.id)).body.deliveries[0]?.status === 'retrying');
    const old = await age(posted.body.id, 3);
    await makeType('kept.days', { payloadRetentionDays: 2 });
    const db = connectDatabase({ url: relay.env['DATABASE_URL'] ?? '', poolMax: 2 });
    await eraseOutlived(db);
    // What was looked at once is not looked at again.
    expect(await eraseOutlived(db)).toBe(0);
    await db.destroy();
    expect(await isErased(old)).toMatchObject({ deliveries: [{ status: 'cancelled' }] });
    expect(await isErased(young.body.id)).toBe(false);
    await relay.api.call('DELETE', `/api/webhooks/${webhook.id}`);
  });

  test('and nothing can be scheduled that would be gone before', async () => {
    await makeType('kept.scheduled', { payloadRetentionDays: 2 });
    const deliverAt = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const post = (days: number) =>
      relay.api.call<Problem>('POST', '/api/events', {
        eventType: 'kept.scheduled',
        payload: {},
        deliverAt: deliverAt(days),
      });
    expect((await post(1)).status).toBe(202);
    expect(await post(2.1)).toMatchObject({ status: 400, body: { errors: [{ path: '/deliverAt' }] } });
  });

  test('stands in the type and in the audit trail, and is the default again when it is left out', async () => {
    const { body } = await makeType('kept.shown', { eraseWhenDelivered: true, payloadRetentionDays: 7 });
    expect(body).toMatchObject({ eraseWhenDelivered: true, payloadRetentionDays: 7 });
    const replaced = await relay.api.call<EventType>('PUT', '/api/event-types/kept.shown', { description: 'x' });
    expect(replaced.body).toMatchObject({ eraseWhenDelivered: false, payloadRetentionDays: null });
    const { body: audit } = await relay.api.call<Page<AuditEntry>>('GET', '/api/audit?targetId=kept.shown');
    expect(audit.data[0]?.changes).toMatchObject({ payloadRetentionDays: { before: 7, after: null } });
    expect((await makeType('kept.never', { payloadRetentionDays: 0 })).status).toBe(400);
  });

  test('holds for what a receiver answers after the payload was erased', async () => {
    let answer: () => void = () => undefined;
    let isAsked = false;
    const slow = createServer((request, response) => {
      request.resume().on('end', () => {
        isAsked = true;
        answer = () => response.writeHead(200).end(`took it from ${SECRET}`);
      });
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
    await relay.api.createWebhook({ url, eventTypes: ['kept.late'] });
    const { body } = await relay.api.postEvent({ eventType: 'kept.late', payload: { name: SECRET } });
    await eventually(() => isAsked);
    await relay.api.call('DELETE', `/api/events/${body.id}/payload`);
    answer();
    const [delivery] = (await relay.api.getEvent(body.id)).body.deliveries;
    const detail = await eventually(async () => {
      const read = await relay.api.call<DeliveryDetail>('GET', `/api/deliveries/${delivery?.id}`);
      return read.body.attempts.length === 1 && read;
    });
    expect(detail.text).not.toMatch(/took it|Erika/);
    expect(detail.body).toMatchObject({ status: 'delivered', httpStatus: 200 });
    slow.close();
  });
});
