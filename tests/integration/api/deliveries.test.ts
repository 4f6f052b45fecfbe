import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { USER_AGENT } from '../../../activities/http/userAgent.ts';
import type { Backlog, Delivery, DeliveryDetail, DeliveryStats, HistoryStep } from '../../../contract/deliveries.ts';
import type { Event } from '../../../contract/events.ts';
import type { Page } from '../../../contract/primitives.ts';
import type { Scope } from '../../../contract/scopes.ts';
import type { WorkflowInspector } from '../../../temporal/inspector.ts';
import { createRows } from '../../support/rows.ts';
import { startTestApi, type TestApi } from './support.ts';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});

/** A delivery of a webhook and client of its own, as it was recorded or as a test wants it. */
async function make(columns: Record<string, unknown> = {}) {
  const clientId = randomUUID();
  const headers = { 'X-Team': 'billing', Authorization: 'Bearer of the receiver' };
  const webhook = await test.api.createWebhook({ clientId, url: 'http://127.0.0.1:1/', headers });
  const { body: event } = await test.api.postEvent({ clientId, eventType: 'job.created', payload: {} });
  const [made] = (await test.api.getEvent(event.id)).body.deliveries;
  const id = made?.id ?? '';
  if (Object.keys(columns).length > 0) await test.db('deliveries').where({ id }).update(columns);
  const row = async () => (await test.db<Record<string, unknown>>('deliveries').where({ id }))[0];
  return { id, clientId, webhook, event, row };
}

/** Puts other answers of Temporal's in place for one test. */
function temporal(answers: Partial<WorkflowInspector>): void {
  const before = { ...test.inspector };
  Object.assign(test.inspector, answers);
  onTestFinished(() => void Object.assign(test.inspector, before));
}

const away = () => Promise.reject(new Error('Temporal is away at temporal.internal:7233'));

describe('reading a delivery', () => {
  it('shows it with its attempts and its workflow', async () => {
    const { id, event, webhook, clientId } = await make({
      status: 'retrying',
      attemptCount: 2,
      httpStatus: 503,
      responseBody: 'busy',
      outbox: null,
      responseHeaders: { 'retry-after': '5' },
      nextRetryAt: '2026-01-01T00:00:05.000Z',
      lastAttemptAt: '2026-01-01T00:00:00.000Z',
      errorCode: 'http_status',
      errorMessage: 'HTTP 503',
    });
    const attempt = { deliveryId: id, startedAt: '2026-01-01T00:00:00.000Z', durationMs: 12 };
    await test.db('attempts').insert([
      { ...attempt, id: randomUUID(), number: 2, trigger: 'manual', httpStatus: 503, responseBody: 'busy' },
      { ...attempt, id: randomUUID(), number: 1, trigger: 'automatic', errorCode: 'dns', errorMessage: 'No such host' },
    ]);
    temporal({ describe: () => Promise.resolve({ runId: 'run-1', status: 'RUNNING', attemptInFlight: false }) });
    const { status, body } = await test.api.getDelivery(id);
    const workflowId = `delivery:${clientId}:${event.id}:${webhook.id}`;
    const request = {
      method: 'POST' as const,
      url: 'http://127.0.0.1:1/',
      address: null,
      isKept: false,
      headers: {
        'x-team': 'billing',
        authorization: '********',
        'content-type': 'application/json',
        'user-agent': USER_AGENT,
        'webhook-id': event.id,
        'webhook-timestamp': '1767225600',
        'webhook-signature': 'v1,…',
        traceparent: '…',
      },
    };
    expect(status).toBe(200);
    expect(body).toEqual({
      id,
      eventId: event.id,
      webhookId: webhook.id,
      eventType: 'job.created',
      clientId,
      workflowId,
      status: 'retrying',
      httpStatus: 503,
      responseBody: 'busy',
      responseHeaders: { 'retry-after': '5' },
      retryCount: 1,
      nextRetryAt: '2026-01-01T00:00:05.000Z',
      lastAttemptAt: '2026-01-01T00:00:00.000Z',
      error: { code: 'http_status', message: 'HTTP 503' },
      createdAt: event.createdAt,
      updatedAt: event.createdAt,
      requestBody: `{"type":"job.created","timestamp":"${event.createdAt}","data":{}}`,
      attempts: [
        {
          request,
          number: 1,
          trigger: 'automatic',
          startedAt: '2026-01-01T00:00:00.000Z',
          durationMs: 12,
          httpStatus: null,
          responseBody: null,
          responseHeaders: null,
          error: { code: 'dns', message: 'No such host' },
        },
        {
          request,
          number: 2,
          trigger: 'manual',
          startedAt: '2026-01-01T00:00:00.000Z',
          durationMs: 12,
          httpStatus: 503,
          responseBody: 'busy',
          responseHeaders: null,
          error: null,
        },
      ],
      hold: null,
      alsoWaiting: 0,
      payloadErasedAt: null,
      waitingBehind: 0,
      workflow: {
        workflowId,
        runId: 'run-1',
        status: 'RUNNING',
        url: `http://temporal.test/${encodeURIComponent(workflowId)}`,
      },
    } satisfies DeliveryDetail);
  });

  it('shows the body as it is sent, to a key that may read events', async () => {
    const { clientId } = await make();
    const payload = '{"z":1.50,"a":12345678901234567890}';
    const { body } = await test.api.call<Event>(
      'POST',
      '/api/events',
      `{"clientId":"${clientId}","eventType":"job.done","payload":${payload}}`,
    );
    const [delivery] = (await test.api.getEvent(body.id)).body.deliveries;
    const bodyFor = async (...scopes: Scope[]) =>
      (await test.as({ scopes }).getDelivery(delivery?.id ?? '')).body.requestBody;
    expect(await bodyFor('deliveries:read', 'events:read')).toBe(
      `{"type":"job.done","timestamp":"${body.createdAt}","data":${payload}}`,
    );
    expect(await bodyFor('deliveries:read')).toBe(null);
  });

  it('tells how many others of its webhook are open while it is', async () => {
    const rows = createRows(test.db);
    const webhookId = await rows.webhook();
    const of = async (status: string) => rows.delivery({ webhookId, eventId: await rows.event() }, { status });
    const [open, , , over] = [await of('retrying'), await of('pending'), await of('retrying'), await of('failed')];
    const waitingWith = async (id: string) => (await test.api.getDelivery(id)).body.alsoWaiting;
    expect([await waitingWith(open), await waitingWith(over)]).toEqual([2, 0]);
  });

  it('shows what was sent to a webhook that is deleted', async () => {
    const { id, webhook } = await make();
    const attempt = { id: randomUUID(), deliveryId: id, number: 1, trigger: 'automatic', durationMs: 1 };
    await test.db('attempts').insert({ ...attempt, startedAt: new Date() });
    await test.api.call('DELETE', `/api/webhooks/${webhook.id}`);
    const { body } = await test.api.getDelivery(id);
    expect(body.attempts[0]?.request).toMatchObject({ url: webhook.url });
  });

  it('works without Temporal, which then leaves runId and status open', async () => {
    const { id } = await make();
    temporal({ describe: away, history: away });
    const { status, body } = await test.api.getDelivery(id);
    expect([status, body.workflow]).toMatchObject([200, { runId: null, status: null }]);
    const history = await test.api.call('GET', `/api/deliveries/${id}/history`);
    expect([history.status, history.body]).toMatchObject([503, { code: 'unavailable' }]);
    expect(history.headers.get('retry-after')).toBe('2');
    expect(history.text).not.toContain('temporal.internal');
  });

  it('shows the history that Temporal has, or none', async () => {
    const { id } = await make();
    const steps: HistoryStep[] = [
      {
        at: '2026-01-01T00:00:00.000Z',
        type: 'workflow_execution_started',
        kind: 'begin',
        isFailure: false,
        title: 'Workflow started',
        detail: '',
        raw: null,
      },
    ];
    expect((await test.api.call('GET', `/api/deliveries/${id}/history`)).body).toEqual({ data: [] });
    temporal({ history: () => Promise.resolve(steps) });
    expect((await test.api.call('GET', `/api/deliveries/${id}/history`)).body).toEqual({ data: steps });
  });
});

describe('the list of deliveries', () => {
  it('is narrowed by all filters together', async () => {
    const a = await make({ status: 'failed', httpStatus: 500, outbox: null });
    const b = await make({ status: 'delivered', httpStatus: 200, outbox: null });
    const find = async (query: string) => {
      const { body } = await test.api.listDeliveries(`?from=${a.event.createdAt}&${query}`);
      return body.data.map(({ id }) => id).filter((id) => id === a.id || id === b.id);
    };
    expect(await find('limit=100')).toEqual([b.id, a.id]);
    expect(await find('status=failed')).toEqual([a.id]);
    expect(await find('httpStatus=200')).toEqual([b.id]);
    expect(await find(`eventId=${a.event.id}`)).toEqual([a.id]);
    expect(await find(`webhookId=${b.webhook.id.toUpperCase()}`)).toEqual([b.id]);
    expect(await find(`clientId=${a.clientId}&eventType=job.created`)).toEqual([a.id]);
    expect(await find(`clientId=${a.clientId}&status=delivered`)).toEqual([]);
    expect(await find('eventType=job')).toEqual([]);
  });
});

describe('retrying', () => {
  it.each(['failed', 'skipped', 'cancelled'])('one that is %s makes it due now', async (status) => {
    const { id, row, event } = await make({ status, outbox: null, attemptCount: status === 'skipped' ? 0 : 3 });
    const wakes = await test.wakes();
    const answer = await test.api.call<Delivery>('POST', `/api/deliveries/${id}/retry`);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ id, status: status === 'skipped' ? 'pending' : 'retrying' });
    expect(Math.abs(Date.parse(answer.body.nextRetryAt ?? '') - Date.now())).toBeLessThan(5000);
    expect(await row()).toMatchObject({ outbox: 'retry', outboxLeaseUntil: null });
    expect((await test.api.getEvent(event.id)).body.status).toBe('pending');
    expect(await test.wakes()).toBe(wakes + 1);
    expect((await test.api.retryDelivery(id)).status).toBe(202);
  });

  it('one that waits leaves its plan as it is', async () => {
    const nextRetryAt = '2030-01-01T00:00:00.000Z';
    const { id, row } = await make({ status: 'retrying', attemptCount: 1, outbox: null, nextRetryAt });
    expect((await test.api.retryDelivery(id)).body).toMatchObject({ status: 'retrying', nextRetryAt });
    expect(await row()).toMatchObject({ outbox: 'retry' });
  });

  it('is accepted while Temporal is away', async () => {
    const { id } = await make({ status: 'retrying', attemptCount: 1, outbox: null });
    temporal({ describe: away });
    expect((await test.api.retryDelivery(id)).status).toBe(202);
  });

  it.each([
    ['that was delivered', { status: 'delivered', outbox: null, attemptCount: 1 }, false, /was delivered.* replay/],
    [
      'whose first attempt is about to be made',
      { status: 'pending', outbox: 'start' },
      false,
      /waits for its turn, or/,
    ],
    ['whose first attempt is being made', { status: 'pending', outbox: null }, false, /or is being made/],
    ['that is being sent again', { status: 'retrying', outbox: null, attemptCount: 1 }, true, /^An attempt is being/],
  ])('one %s is a 409', async (_, columns, attemptInFlight, detail) => {
    const { id, row } = await make(columns);
    temporal({ describe: () => Promise.resolve({ runId: 'r', status: 'RUNNING', attemptInFlight }) });
    const { status, body } = await test.api.retryDelivery(id);
    const problem = { code: 'not_retryable', detail: expect.stringMatching(detail) as string };
    expect([status, body]).toMatchObject([409, problem]);
    expect(await row()).toMatchObject(columns);
  });

  it.each([
    ['an inactive', 'PATCH', { isActive: false }],
    ['a deleted', 'DELETE', undefined],
  ])('to %s webhook is a 409, not silence', async (_, method, body) => {
    const { id, webhook } = await make({ status: 'failed', outbox: null, attemptCount: 1 });
    await test.api.call(method, `/api/webhooks/${webhook.id}`, body);
    const answer = await test.api.retryDelivery(id);
    expect([answer.status, answer.body]).toMatchObject([409, { code: 'webhook_disabled' }]);
  });
});

describe('cancelling', () => {
  it.each([
    ['pending', { status: 'pending' }],
    ['retrying', { status: 'retrying', attemptCount: 2, outbox: null, nextRetryAt: '2030-01-01T00:00:00.000Z' }],
  ])('ends one that is %s and tells its workflow', async (_, columns) => {
    const { id, row, event } = await make(columns);
    const { status, body } = await test.api.cancelDelivery(id);
    expect([status, body]).toMatchObject([202, { status: 'cancelled', nextRetryAt: null }]);
    expect(await row()).toMatchObject({ outbox: 'cancel' });
    expect((await test.api.getEvent(event.id)).body.status).toBe('skipped');
    const again = await test.api.cancelDelivery(id);
    expect([again.status, again.body]).toMatchObject([409, { code: 'not_cancellable' }]);
  });

  it.each(['delivered', 'failed', 'skipped'])('one that is %s is a 409', async (status) => {
    const { id } = await make({ status, outbox: null });
    const answer = await test.api.cancelDelivery(id);
    expect([answer.status, answer.body]).toMatchObject([409, { code: 'not_cancellable' }]);
  });
});

describe('the statistics of deliveries', () => {
  it('tell of their statuses, attempts and times', async () => {
    const { id, clientId, webhook } = await make({ status: 'delivered', attemptCount: 2, outbox: null });
    const { body: other } = await test.api.postEvent({ clientId, eventType: 'b', payload: {} });
    await test.db('deliveries').where({ eventId: other.id }).update({ status: 'failed' });
    await test.api.postEvent({ clientId, eventType: 'b', payload: {} });
    await test.db('attempts').insert(
      [10, 30].map((durationMs, index) => ({
        id: randomUUID(),
        deliveryId: id,
        number: index + 1,
        trigger: 'automatic',
        durationMs,
        startedAt: new Date(),
      })),
    );
    for (const query of [
      `clientId=${clientId}`,
      `webhookId=${webhook.id}`,
      `clientId=${clientId}&from=2026-01-01T00:00:00Z`,
    ]) {
      const { body } = await test.api.call<DeliveryStats>('GET', `/api/deliveries/stats/summary?${query}`);
      expect(body).toMatchObject({
        total: 3,
        byStatus: { pending: 1, retrying: 0, delivered: 1, failed: 1, skipped: 0, cancelled: 0 },
        successRate: 0.5,
        attempts: 2,
        durationMs: { p50: 20, p95: 29, p99: 29.8 },
      });
      const sum = (name: 'delivered' | 'failed') =>
        body.perInterval.reduce((total, interval) => total + interval[name], 0);
      expect([sum('delivered'), sum('failed')]).toEqual([1, 1]);
    }
  });

  it('are null where there is nothing to divide by', async () => {
    const { body } = await test.api.call<DeliveryStats>('GET', '/api/deliveries/stats/summary?clientId=nobody');
    expect(body).toMatchObject({
      total: 0,
      successRate: null,
      attempts: 0,
      durationMs: { p50: null, p95: null, p99: null },
    });
  });
});

describe('a key bound to a client', () => {
  it('reaches only its own deliveries', async () => {
    const own = await make({ status: 'failed', outbox: null });
    const others = await make({ status: 'failed', outbox: null });
    const api = test.as({ clientId: own.clientId });
    expect((await api.listDeliveries()).body.data.map(({ id }) => id)).toEqual([own.id]);
    expect((await api.getDelivery(others.id)).status).toBe(404);
    expect((await api.call('GET', `/api/deliveries/${others.id}/history`)).status).toBe(404);
    expect((await api.retryDelivery(others.id)).status).toBe(404);
    expect((await api.cancelDelivery(others.id)).status).toBe(404);
    expect((await api.retryDelivery(own.id)).status).toBe(202);
    expect((await api.call<DeliveryStats>('GET', '/api/deliveries/stats/summary')).body.total).toBe(1);
    expect((await api.call<Page<Delivery>>('GET', `/api/deliveries?clientId=${others.clientId}`)).body.data).toEqual(
      [],
    );
  });
});

describe('the backlog', () => {
  it('counts what is unfinished of the clients that may be seen, says when the first is due, and counts the workers', async () => {
    const dueAt = '2026-01-01T00:00:05.000Z';
    const { clientId } = await make({ status: 'retrying', nextRetryAt: dueAt, attemptCount: 1, outbox: 'start' });
    await test.api.postEvent({ clientId, eventType: 'job.created', payload: {} });
    const read = (api = test.as({ clientId })) => api.call<Backlog>('GET', '/api/deliveries/stats/backlog');
    expect((await read()).body).toEqual({ pending: 1, retrying: 1, workflowsOwed: 1, oldestDueAt: dueAt, workers: 1 });
    expect((await read(test.as({ clientId: 'nobody' }))).body).toMatchObject({ pending: 0, oldestDueAt: null });
    temporal({ workers: away });
    expect((await read()).body.workers).toBe(null);
  });
});
