import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { AuditEntry } from '../../contract/access.ts';
import type { Batch } from '../../contract/batches.ts';
import type { Delivery } from '../../contract/deliveries.ts';
import { healthWorkflowId, type LadderState } from '../../contract/healthWorkflow.ts';
import type { Page } from '../../contract/primitives.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Webhook } from '../../contract/webhooks.ts';
import { eventually } from '../support/eventually.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

/** Ten failures of three deliveries or more are there within a second. */
const QUICK = { initialIntervalMs: 100, backoffCoefficient: 1, maximumIntervalMs: 100, maximumAttempts: 4 };

let relay: TestRelay;
let temporal: Connection;
/** What receivers answer. */
let status: number;
let refused: (body: string) => boolean;
const respond = ({ body }: { body: string }) => ({ status: refused(body) ? 500 : status });

beforeAll(async () => {
  relay = await startTestRelay({ HEALTH_FAILURES: '10' });
  temporal = await Connection.connect({ address: inject('temporalAddress') });
  afterAll(() => temporal.close());
});
beforeEach(() => {
  status = 503;
  refused = () => false;
});

const webhookOf = async (id: string) => (await relay.api.getWebhook(id)).body;
const deliveriesOf = async (webhookId: string, query = '') =>
  (await relay.api.listDeliveries(`?limit=100&webhookId=${webhookId}${query}`)).body.data;
const post = (eventType: string, n: number) => relay.api.postEvent({ eventType, payload: { n } });
const tryNow = (id: string) => relay.api.call<Webhook & Problem>('POST', `/api/webhooks/${id}/trial`);
const all = async (webhookId: string, is: (delivery: Delivery) => boolean, count: number) => {
  const rows = await deliveriesOf(webhookId);
  return rows.length === count && rows.every(is);
};
const isDown = async (id: string) => {
  const webhook = await webhookOf(id);
  return webhook.health.state === 'down' && webhook;
};

/** A webhook that went down by so many deliveries. */
async function goDown(eventType: string, { count = 4, retryPolicy = QUICK, of = relay } = {}) {
  const { receiver, url } = await receive({ respond });
  const webhook = await of.api.createWebhook({ url, eventTypes: [eventType], retryPolicy });
  await Promise.all(Array.from({ length: count }, (_, n) => of.api.postEvent({ eventType, payload: { n } })));
  await eventually(async () => (await of.api.getWebhook(webhook.id)).body.health.state === 'down');
  return { receiver, id: webhook.id };
}

describe('down', () => {
  test('ten failures of the endpoint in a row make it down; before that, and after other answers, it is healthy', async () => {
    const before = new Date().toISOString();
    const { id } = await goDown('down.after-ten');
    const { health } = await webhookOf(id);
    expect(health).toMatchObject({ state: 'down', lastError: 'HTTP 503', heldCount: 4 });
    expect(health.since && health.since >= before).toBe(true);
    expect(Date.parse(health.nextTrialAt ?? '')).toBeGreaterThan(Date.parse(before));
    status = 422;
    const { url } = await receive({ respond });
    const other = await relay.api.createWebhook({ url, eventTypes: ['down.never'], retryPolicy: QUICK });
    for (let n = 0; n < 4; n++) await post('down.never', n);
    await eventually(() => all(other.id, (delivery) => delivery.status === 'failed', 4));
    expect((await webhookOf(other.id)).health).toEqual({
      ...{ state: 'healthy', since: null, nextTrialAt: null, heldCount: 0, lastError: null },
    });
    const listed = (await relay.api.call<Page<Webhook>>('GET', '/api/webhooks?health=down&limit=100')).body.data;
    expect(listed.map((webhook) => webhook.id)).toContain(id);
    expect(listed.map((webhook) => webhook.id)).not.toContain(other.id);
  });

  test('one delivery alone keeps to its retry policy and then is failed, as ever', async () => {
    const { receiver, url } = await receive({ respond });
    const retryPolicy = { ...QUICK, maximumAttempts: 12 };
    const { id } = await relay.api.createWebhook({ url, eventTypes: ['down.alone'], retryPolicy });
    await post('down.alone', 1);
    await eventually(() => all(id, (delivery) => delivery.status === 'failed' && delivery.hold === null, 1));
    expect(receiver.received).toHaveLength(12);
    expect((await webhookOf(id)).health.state).toBe('healthy');
  });
});

describe('held', () => {
  test('no attempt is made while it is down: new ones stay pending without a workflow, waiting ones retrying, none fails by the plan’s end', async () => {
    const retryPolicy = { ...QUICK, initialIntervalMs: 1000, maximumIntervalMs: 1000, maximumAttempts: 2 };
    const { receiver, id } = await goDown('held.new', { count: 12, retryPolicy });
    // What was under way at that moment ends.
    await eventually(() => all(id, ({ hold, status: is }) => hold !== null && is === 'retrying', 12));
    const made = receiver.received.length;
    for (let n = 12; n < 16; n++) await post('held.new', n);
    const rows = await deliveriesOf(id);
    const statuses = [...Array<string>(4).fill('pending'), ...Array<string>(12).fill('retrying')];
    expect(rows.map((delivery) => delivery.status)).toEqual(statuses);
    for (const { hold } of rows) expect(hold).toMatchObject({ reason: 'endpoint_down', until: null });
    expect((await deliveriesOf(id, '&hold=endpoint_down')).length).toBe(16);
    expect((await deliveriesOf(id, '&hold=rate_limit')).length).toBe(0);
    const { workflow } = (await relay.api.getDelivery(rows[0]?.id ?? '')).body;
    expect(workflow.status).toBe(null);
    expect((await webhookOf(id)).health.heldCount).toBe(16);
    // Their time comes, and none wakes for it but to be held.
    await eventually(
      async () => (await relay.api.getDelivery(rows.at(-1)?.id ?? '')).body.nextRetryAt! < new Date().toISOString(),
    );
    expect(receiver.received.length).toBe(made);
    status = 200;
    expect((await tryNow(id)).status).toBe(202);
    await eventually(() => all(id, (delivery) => delivery.status === 'delivered', 16));
  });

  test('a rate limit holds with when it lets go', async () => {
    status = 200;
    const { url } = await receive({ respond });
    const { id } = await relay.api.createWebhook({ url, eventTypes: ['held.paced'], rateLimit: { perSecond: 0.2 } });
    await post('held.paced', 1);
    await post('held.paced', 2);
    const [delivery] = await eventually(async () => {
      const held = await deliveriesOf(id, '&hold=rate_limit');
      return held.length === 1 && held;
    });
    expect(delivery).toMatchObject({ status: 'pending', hold: { reason: 'rate_limit' } });
    expect(Date.parse(delivery?.hold?.until ?? '')).toBeGreaterThan(Date.parse(delivery?.hold?.since ?? ''));
    await relay.api.cancelDelivery(delivery?.id ?? '');
    expect((await relay.api.getDelivery(delivery?.id ?? '')).body.hold).toBe(null);
  });
});

describe('trials', () => {
  test('one at a time, the one that has waited longest since it was last tried; they use up none of the plan', async () => {
    const { receiver, id } = await goDown('trials.rotate', { retryPolicy: { ...QUICK, maximumAttempts: 100 } });
    await eventually(() => all(id, ({ hold }) => hold !== null, 4));
    for (let n = 4; n < 6; n++) await post('trials.rotate', n);
    const before = (await deliveriesOf(id)).sort((a, b) => sinceTried(a) - sinceTried(b)).map((one) => one.id);
    const tried: string[] = [];
    for (let n = 0; n < 6; n++) {
      const made = receiver.received.length;
      const { nextTrialAt } = (await webhookOf(id)).health;
      expect((await tryNow(id)).status).toBe(202);
      await eventually(
        async () => (await webhookOf(id)).health.nextTrialAt !== nextTrialAt && receiver.received.length > made,
      );
      await eventually(async () => Date.parse((await webhookOf(id)).health.nextTrialAt ?? '') > Date.now() + 3000);
      expect(receiver.received.length).toBe(made + 1);
      tried.push(receiver.received.at(-1)?.body ?? '');
    }
    expect(new Set(tried).size).toBe(6);
    expect(before).toHaveLength(6);
    const attempts = (await relay.api.getDelivery(before[0] ?? '')).body.attempts;
    expect(attempts.at(-1)?.trigger).toBe('trial');
    // 5 s, 10 s, 20 s …: the seventh is minutes ahead.
    expect(Date.parse((await webhookOf(id)).health.nextTrialAt ?? '') - Date.now()).toBeGreaterThan(200_000);
  });

  test('one that is never taken does not stand in the way of the others', async () => {
    const { id } = await goDown('trials.poison', { retryPolicy: { ...QUICK, maximumAttempts: 5 } });
    status = 200;
    refused = (body) => body.includes('"n":0');
    await eventually(async () => {
      await tryNow(id);
      return (await webhookOf(id)).health.state === 'healthy';
    });
    await eventually(async () => (await deliveriesOf(id)).filter((one) => one.status === 'delivered').length === 3);
  });

  test('a Retry-After of the endpoint lengthens the wait for the next', async () => {
    const { url } = await receive({ respond: () => ({ status: 503, headers: { 'retry-after': '900' } }) });
    const { id } = await relay.api.createWebhook({ url, eventTypes: ['trial.later'], retryPolicy: QUICK });
    for (let n = 0; n < 12; n++) await post('trial.later', n);
    const { health } = await eventually(() => isDown(id));
    expect(Date.parse(health.nextTrialAt ?? '') - Date.parse(health.since ?? '')).toBeGreaterThan(800_000);
  });

  test('409 webhook_healthy when there is nothing to try', async () => {
    status = 200;
    const { url } = await receive({ respond });
    const { id } = await relay.api.createWebhook({ url, eventTypes: ['trials.none'] });
    expect(await tryNow(id)).toMatchObject({ status: 409, body: { code: 'webhook_healthy' } });
  });

  test('a manual retry of a held delivery is a trial, too, also of one that was never sent', async () => {
    const { receiver, id } = await goDown('trials.by-hand');
    const { body: event } = await post('trials.by-hand', 9);
    const [held] = (await relay.api.getEvent(event.id)).body.deliveries;
    const made = receiver.received.length;
    expect((await relay.api.retryDelivery(held?.id ?? '')).status).toBe(202);
    await eventually(() => receiver.received.length > made);
    await eventually(async () => (await relay.api.getDelivery(held?.id ?? '')).body.attempts.length === 1);
    expect((await relay.api.getDelivery(held?.id ?? '')).body).toMatchObject({
      ...{ status: 'retrying', hold: { reason: 'endpoint_down' } },
      attempts: [{ trigger: 'manual' }],
    });
    status = 200;
    await eventually(async () => (await relay.api.retryDelivery(held?.id ?? '')).status === 202);
    await eventually(() => all(id, (delivery) => delivery.status === 'delivered', 5));
    expect((await webhookOf(id)).health.state).toBe('healthy');
  });

  test('the ladder is a workflow that takes tryNow and tells its state', async () => {
    const { receiver, id } = await goDown('trials.ladder');
    const handle = new Client({ connection: temporal }).workflow.getHandle(healthWorkflowId(id));
    await eventually(async () => (await handle.describe()).status.name === 'RUNNING');
    const state = await eventually(async () => {
      const ladder = await handle.query<LadderState>('state');
      return ladder.nextTrialAt !== null && ladder;
    });
    expect(state).toMatchObject({ state: 'down', trials: 0, lastError: 'HTTP 503' });
    status = 200;
    const made = receiver.received.length;
    await handle.signal('tryNow');
    await eventually(() => receiver.received.length > made);
    expect(await handle.result()).toMatchObject({ state: 'healthy' });
    await eventually(() => all(id, (delivery) => delivery.status === 'delivered', 4));
  });
});

describe('recovery', () => {
  test('without a person: the first trial after 5 s, then everything oldest first, with what had failed by a batch of kind recovery', async () => {
    const { receiver, url } = await receive({ respond });
    const retryPolicy = { ...QUICK, maximumAttempts: 1 };
    const { id } = await relay.api.createWebhook({ url, eventTypes: ['recovery.alone'], retryPolicy });
    for (let n = 0; n < 9; n++) await post('recovery.alone', n);
    await eventually(() => all(id, (one) => one.status === 'failed', 9));
    await post('recovery.alone', 9);
    await eventually(() => isDown(id));
    const failed = (await deliveriesOf(id)).filter((one) => one.status === 'failed').length;
    expect(failed).toBe(9);
    for (let n = 10; n < 34; n++) await post('recovery.alone', n);
    status = 200;
    // On a slow machine the trials after 5 and 10 s have failed by now, and the next comes after 20 s.
    await eventually(() => all(id, (delivery) => delivery.status === 'delivered', 34), 60_000);
    const { health } = await webhookOf(id);
    expect(health).toMatchObject({ state: 'healthy', nextTrialAt: null, heldCount: 0, lastError: null });
    expect(health.since).not.toBe(null);
    const fresh = receiver.received.map(({ body }) => Number(/"n":(\d+)/.exec(body)?.[1])).filter((n) => n >= 10);
    const meanOf = (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
    expect(meanOf(fresh.slice(0, 8))).toBeLessThan(meanOf(fresh.slice(-8)));
    const audit = async (query: string) =>
      (await relay.api.call<Page<AuditEntry>>('GET', `/api/audit?actor=relay&${query}`)).body.data;
    const changes = await audit(`action=webhook.updated&targetId=${id}`);
    expect(changes.map((entry) => entry.changes['health']?.after)).toMatchObject([
      { state: 'healthy' },
      { state: 'down' },
    ]);
    const batches = await audit('action=batch.started');
    const batch = batches.find((entry) => JSON.stringify(entry.changes).includes(id));
    expect((await relay.api.getBatch(batch?.target.id ?? '')).body).toMatchObject({
      kind: 'recovery',
      total: failed,
    } satisfies Partial<Batch>);
  }, 120_000);

  test('a success of an attempt that was under way heals at once, and what goes down again goes up again', async () => {
    const { id } = await goDown('recovery.again');
    status = 200;
    await tryNow(id);
    await eventually(() => all(id, (delivery) => delivery.status === 'delivered', 4));
    status = 500;
    for (let n = 4; n < 9; n++) await post('recovery.again', n);
    await eventually(() => isDown(id));
    status = 200;
    await eventually(() => all(id, (delivery) => delivery.status === 'delivered', 9), 60_000);
  }, 120_000);
});

test('AUTO_RECOVER=false leaves what had failed to people; what was held goes out all the same', async () => {
  const careful = await startTestRelay({ HEALTH_FAILURES: '10', AUTO_RECOVER: 'false' });
  const { url } = await receive({ respond });
  const retryPolicy = { ...QUICK, maximumAttempts: 1 };
  const { id } = await careful.api.createWebhook({ url, eventTypes: ['by.people'], retryPolicy });
  const rows = async () => (await careful.api.listDeliveries(`?limit=100&webhookId=${id}`)).body.data;
  for (let n = 0; n < 10; n++) await careful.api.postEvent({ eventType: 'by.people', payload: { n } });
  await eventually(async () => (await careful.api.getWebhook(id)).body.health.state === 'down');
  const failed = (await rows()).filter((one) => one.status === 'failed').length;
  expect(failed).toBeGreaterThan(0);
  for (let n = 10; n < 13; n++) await careful.api.postEvent({ eventType: 'by.people', payload: { n } });
  status = 200;
  await careful.api.call('POST', `/api/webhooks/${id}/trial`);
  await eventually(async () => (await rows()).filter((one) => one.status === 'delivered').length === 13 - failed);
  const { body } = await careful.api.call<Page<AuditEntry>>('GET', '/api/audit?actor=relay&action=batch.started');
  expect(body.data).toEqual([]);
  expect((await rows()).filter((one) => one.status === 'failed')).toHaveLength(failed);
});

test('down for AUTO_DISABLE_AFTER_HOURS it is disabled; what was held is skipped and can be recovered', async () => {
  const impatient = await startTestRelay({ HEALTH_FAILURES: '10', AUTO_DISABLE_AFTER_HOURS: '0.0005' });
  const { id } = await goDown('disabled.by-time', { of: impatient });
  const webhook = await eventually(async () => {
    const { body } = await impatient.api.getWebhook(id);
    return !body.isActive && body;
  });
  expect(webhook.disabledReason).toMatch(/^Down for 0\.001 hours/);
  const rows = async () => (await impatient.api.listDeliveries(`?webhookId=${id}`)).body.data;
  await eventually(async () =>
    (await rows()).every((delivery) => delivery.status === 'skipped' && delivery.hold === null),
  );
  status = 200;
  const { body } = await impatient.api.call<Webhook>('PATCH', `/api/webhooks/${id}`, { isActive: true });
  expect(body).toMatchObject({ isActive: true, disabledReason: null, health: { state: 'healthy' } });
  await impatient.api.call('POST', `/api/webhooks/${id}/recover`, { since: webhook.createdAt });
  await eventually(async () => (await rows()).every((delivery) => delivery.status === 'delivered'));
});

test('HEALTH_FAILURES=0 switches all of it off', async () => {
  const off = await startTestRelay({ HEALTH_FAILURES: '0' });
  const { url } = await receive({ respond });
  const { id } = await off.api.createWebhook({ url, eventTypes: ['off'], retryPolicy: QUICK });
  for (let n = 0; n < 4; n++) await off.api.postEvent({ eventType: 'off', payload: {} });
  await eventually(async () =>
    (await off.api.listDeliveries(`?webhookId=${id}`)).body.data.every((delivery) => delivery.status === 'failed'),
  );
  expect((await off.api.getWebhook(id)).body.health.state).toBe('healthy');
});

function sinceTried({ lastAttemptAt, createdAt }: Delivery): number {
  return Date.parse(lastAttemptAt ?? createdAt);
}
