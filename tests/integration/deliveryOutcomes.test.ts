import type { AuditEntry } from '../../contract/access.ts';
import type { Page } from '../../contract/primitives.ts';
import getPort from 'get-port';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Delivery } from '../../contract/deliveries.ts';
import type { WebhookWithSecret } from '../../contract/webhooks.ts';
import { eventually } from '../support/eventually.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const ONCE = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };

let relay: TestRelay;

beforeAll(async () => {
  relay = await startTestRelay();
});

/** Posts an event of this type; answers with its only delivery once that is as `check` wants it. */
async function deliver(eventType: string, check: (delivery: Delivery) => boolean): Promise<Delivery> {
  const { body: event } = await relay.api.postEvent({ eventType, payload: {} });
  return eventually(async () => {
    const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
    return delivery && check(delivery) ? delivery : null;
  });
}
const failed = ({ status }: Delivery) => status === 'failed';

describe('what a failure is called', () => {
  test.each([
    ['http_status', { status: 404 }, 404],
    ['redirect', { respond: () => ({ status: 302, headers: { location: 'http://127.0.0.1:9/' } }) }, 302],
    ['reset', { hangUp: true }, null],
    ['timeout', { stallMs: 60_000 }, null],
    ['timeout', { dripMs: 100 }, 200],
  ])('%s for %j', async (code, options, httpStatus) => {
    const { receiver, url } = await receive(options);
    const eventType = `called.${code}-${JSON.stringify(options).replace(/\W/g, '')}`;
    await relay.api.createWebhook({ url, eventTypes: [eventType], retryPolicy: ONCE, timeoutMs: 1000 });
    const delivery = await deliver(eventType, failed);
    expect(delivery).toMatchObject({ httpStatus, error: { code } });
    expect(receiver.received).toHaveLength(1);
  });

  test('connect_refused, dns and target_not_allowed', async () => {
    const port = await getPort();
    const targets = { connect_refused: `http://127.0.0.1:${port}/`, dns: 'http://no-such-host.invalid/' };
    for (const [code, url] of Object.entries(targets)) {
      await relay.api.createWebhook({ url, eventTypes: [`called.${code}`], retryPolicy: ONCE });
      expect(await deliver(`called.${code}`, failed)).toMatchObject({ httpStatus: null, error: { code } });
    }
    const refused = await relay.api.call('POST', '/api/webhooks', {
      name: 'Inside',
      url: 'http://[::ffff:10.0.0.1]/',
      eventTypes: ['*'],
    });
    expect(refused).toMatchObject({ status: 400, body: { code: 'target_not_allowed' } });
  });
});

describe('Retry-After', () => {
  test.each([
    ['seconds', () => '600', 600_000],
    ['a date', () => new Date(Date.now() + 900_000).toUTCString(), 890_000],
    ['more than an hour, which counts as an hour', () => '86400', 3_600_000],
  ])('as %s lengthens the wait', async (_name, header, atLeastMs) => {
    const { url } = await receive({ respond: () => ({ status: 429, headers: { 'retry-after': header() } }) });
    const eventType = `later.${atLeastMs}`;
    const webhook = await relay.api.createWebhook({ url, eventTypes: [eventType] });
    const { lastAttemptAt, nextRetryAt } = await deliver(eventType, ({ status }) => status === 'retrying');
    const waitMs = Date.parse(nextRetryAt ?? '') - Date.parse(lastAttemptAt ?? '');
    expect(waitMs).toBeGreaterThanOrEqual(atLeastMs);
    expect(waitMs).toBeLessThanOrEqual(3_605_000);
    await relay.api.call('DELETE', `/api/webhooks/${webhook.id}`);
  });

  test('that means nothing, or less than the policy, is passed over', async () => {
    const { url } = await receive({ respond: () => ({ status: 503, headers: { 'retry-after': 'soon' } }) });
    const retryPolicy = { initialIntervalMs: 60_000, maximumIntervalMs: 60_000 };
    await relay.api.createWebhook({ url, eventTypes: ['later.never'], retryPolicy });
    const { lastAttemptAt, nextRetryAt } = await deliver('later.never', ({ status }) => status === 'retrying');
    expect(Date.parse(nextRetryAt ?? '') - Date.parse(lastAttemptAt ?? '')).toBeGreaterThanOrEqual(60_000);
  });
});

describe('a webhook that keeps failing', () => {
  test('410 gives up at once and disables it, with the reason', async () => {
    const { receiver, url } = await receive({ status: 410 });
    const webhook = await relay.api.createWebhook({ url, eventTypes: ['gone.now'] });
    await deliver('gone.now', failed);
    expect(receiver.received).toHaveLength(1);
    const { body } = await relay.api.getWebhook(webhook.id);
    expect(body.isActive).toBe(false);
    expect(body.disabledReason).toContain('410');
    expect(Date.parse(body.disabledAt ?? '')).toBeGreaterThanOrEqual(Date.parse(webhook.createdAt));
    const { body: audit } = await relay.api.call<Page<AuditEntry>>('GET', `/api/audit?targetId=${webhook.id}&limit=1`);
    expect(audit.data[0]).toMatchObject({
      actor: { name: 'Relay' },
      action: 'webhook.updated',
      changes: { isActive: { before: true, after: false } },
    });
  });

  test('counts those exhausted in a row, goes on, and enabling it again starts the count anew', async () => {
    const { url } = await receive({ status: 500 });
    const webhook = await relay.api.createWebhook({ url, eventTypes: ['in.a.row'], retryPolicy: ONCE });
    for (let n = 0; n < 3; n++) await deliver('in.a.row', failed);
    expect((await relay.api.getWebhook(webhook.id)).body).toMatchObject({ isActive: true, consecutiveFailures: 3 });
    for (const isActive of [false, true]) await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, { isActive });
    expect((await relay.api.getWebhook(webhook.id)).body).toMatchObject({ isActive: true, consecutiveFailures: 0 });
  });

  test('a success in between starts the count anew', async () => {
    let status = 500;
    const { url } = await receive({ respond: () => ({ status }) });
    const webhook = await relay.api.createWebhook({ url, eventTypes: ['recovers.once'], retryPolicy: ONCE });
    await deliver('recovers.once', failed);
    await deliver('recovers.once', failed);
    status = 200;
    await deliver('recovers.once', (delivery) => delivery.status === 'delivered');
    const { body } = await relay.api.getWebhook(webhook.id);
    expect(body).toMatchObject({ isActive: true, consecutiveFailures: 0 });
  });
});

test('secrets rotate with overlap, several in a row: every live one signs, and without overlap only the newest', async () => {
  const { receiver, url } = await receive();
  const webhook = await relay.api.createWebhook({ url, eventTypes: ['rotated'] });
  const rotate = async (body: object) =>
    (await relay.api.call<WebhookWithSecret>('POST', `/api/webhooks/${webhook.id}/rotate-secret`, body)).body.secret;
  const second = await rotate({});
  const third = await rotate({ overlapSeconds: 60 });
  await deliver('rotated', ({ status }) => status === 'delivered');
  const [first] = receiver.received;
  for (const secret of [webhook.secret, second, third]) {
    expect(() =>
      new StandardWebhook(secret).verify(first?.body ?? '', first?.headers as Record<string, string>),
    ).not.toThrow();
  }
  const last = await rotate({ overlapSeconds: 0 });
  await deliver('rotated', ({ status }) => status === 'delivered');
  expect(String(receiver.received[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1);
  expect(() =>
    new StandardWebhook(last).verify(
      receiver.received[1]?.body ?? '',
      receiver.received[1]?.headers as Record<string, string>,
    ),
  ).not.toThrow();
});

test('a rate limit paces what is sent without using up attempts, and what it holds back is pending', async () => {
  const { receiver, url } = await receive();
  await relay.api.createWebhook({ url, eventTypes: ['paced'], rateLimit: { perSecond: 2 }, retryPolicy: ONCE });
  const posted = await Promise.all(
    Array.from({ length: 8 }, () => relay.api.postEvent({ eventType: 'paced', payload: {} })),
  );
  await eventually(() => receiver.received.length >= 1);
  const waiting = await relay.api.listDeliveries('?eventType=paced&status=pending');
  expect(waiting.body.data.length).toBeGreaterThan(2);
  await eventually(() => receiver.received.length === 8);
  const times = receiver.received.map(({ at }) => at.getTime());
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(3000);
  for (const { body } of posted) {
    await eventually(async () => (await relay.api.getEvent(body.id)).body.status === 'delivered');
    expect((await relay.api.getEvent(body.id)).body.retryCount).toBe(0);
  }
});
