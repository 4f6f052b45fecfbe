import { afterAll, beforeAll, expect, test } from 'vitest';
import { SMTPServer } from 'smtp-server';
import type { Event } from '../../contract/events.ts';
import type { Page } from '../../contract/primitives.ts';
import { connectDatabase } from '../../store/connect.ts';
import { leaveNotice } from '../../store/notices/notice.ts';
import { findFreePorts } from '../../ops/freePorts.ts';
import { eventually } from '../support/eventually.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const QUICK = { initialIntervalMs: 100, backoffCoefficient: 1, maximumIntervalMs: 100, maximumAttempts: 4 };

interface ReceivedMail {
  to: string[];
  text: string;
}

let relay: TestRelay;
let port: number;
let mailServer: SMTPServer | null = null;
const mails: ReceivedMail[] = [];

function startMailServer(): Promise<void> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, text: Buffer.concat(parts).toString('utf8') });
        done();
      });
    },
  });
  mailServer = server;
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
}

beforeAll(async () => {
  [port = 0] = await findFreePorts(1);
  relay = await startTestRelay({
    HEALTH_FAILURES: '10',
    PUBLIC_URL: 'https://relay.example.com/',
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    ALERT_EMAILS: 'ops@example.com,night@example.com',
  });
});
afterAll(() => new Promise<void>((resolve) => (mailServer ? mailServer.close(() => resolve()) : resolve())));

const eventsOf = async (eventType: string) =>
  (await relay.api.call<Page<Event>>('GET', `/api/events?clientId=relay&eventType=${eventType}&limit=100`)).body.data;
const about = (events: Event[], webhookId: string) =>
  events.filter(({ payload }) => (payload?.['webhook'] as { id: string } | null)?.id === webhookId);

test('posting relay.* or as the client relay is a 400, alone and in a batch', async () => {
  for (const event of [{ eventType: 'relay.webhook.down' }, { eventType: 'a.b', clientId: 'relay' }]) {
    expect(await relay.api.postEvent({ ...event, payload: {} })).toMatchObject({
      status: 400,
      body: { code: 'validation_failed' },
    });
    const batch = await relay.api.call<{ results: { status: number }[] }>('POST', '/api/events/batch', {
      events: [{ ...event, payload: {} }],
    });
    expect(batch.body.results[0]?.status).toBe(400);
  }
});

test('down and recovered are told as events to webhooks of the client relay only, and as one mail each, which wait for a mail server that is away', async () => {
  let status = 503;
  const told = await receive();
  const others = await receive();
  const { url } = await receive({ respond: () => ({ status }) });
  await relay.api.createWebhook({ url: told.url, clientId: 'relay', eventTypes: ['*'] });
  await relay.api.createWebhook({ url: others.url, eventTypes: ['relay.*'] });
  const { id, name } = await relay.api.createWebhook({
    ...{ url, name: 'Billing', eventTypes: ['telling.down'], retryPolicy: QUICK, contact: 'team@example.com' },
  });
  for (let n = 0; n < 4; n++) await relay.api.postEvent({ eventType: 'telling.down', payload: { n } });
  const [down] = await eventually(async () => {
    const events = about(await eventsOf('relay.webhook.down'), id);
    return events.length > 0 && events;
  });
  expect(down?.payload).toMatchObject({
    webhook: { id, name, clientId: 'default-client' },
    health: { state: 'down', lastError: 'HTTP 503' },
    link: `https://relay.example.com/webhooks/${id}`,
  });
  await eventually(() => told.receiver.received.some(({ body }) => body.includes('relay.webhook.down')));
  status = 200;
  await relay.api.call('POST', `/api/webhooks/${id}/trial`);
  await eventually(async () => about(await eventsOf('relay.webhook.recovered'), id).length === 1);
  expect(about(await eventsOf('relay.webhook.down'), id)).toHaveLength(1);
  expect(others.receiver.received).toEqual([]);
  expect(mails).toEqual([]);
  await startMailServer();
  const of = (recipient: string) => mails.filter(({ to }) => to.includes(recipient));
  for (const recipient of ['ops@example.com', 'night@example.com', 'team@example.com']) {
    await eventually(
      () =>
        of(recipient)
          .map(({ text }) => text)
          .join()
          .includes('Back: Billing'),
      40_000,
    );
    const text = of(recipient)
      .map((mail) => mail.text)
      .join();
    expect(text.match(/^Down: Billing/gm)).toHaveLength(1);
    expect(text.match(/^Back: Billing/gm)).toHaveLength(1);
  }
}, 90_000);

test('failed deliveries are told at most once an hour and webhook, and trouble of the client relay raises none', async () => {
  const { url } = await receive({ status: 400 });
  const retryPolicy = { ...QUICK, maximumAttempts: 1 };
  const { id } = await relay.api.createWebhook({ url, eventTypes: ['telling.failed'], retryPolicy });
  const own = await relay.api.createWebhook({
    url,
    clientId: 'relay',
    eventTypes: ['relay.delivery.failed'],
    retryPolicy,
  });
  for (let n = 0; n < 3; n++) await relay.api.postEvent({ eventType: 'telling.failed', payload: { n } });
  const [failed] = await eventually(async () => {
    const events = about(await eventsOf('relay.delivery.failed'), id);
    return events.length > 0 && events;
  });
  const { delivery, count, link } = failed?.payload as { delivery: { id: string }; count: number; link: string };
  expect(count).toBeGreaterThan(0);
  expect(link).toBe(`https://relay.example.com/deliveries/${delivery.id}`);
  await eventually(
    async () => (await relay.api.listDeliveries(`?webhookId=${own.id}&status=failed`)).body.data.length > 0,
  );
  await relay.api.postEvent({ eventType: 'telling.failed', payload: {} });
  await eventually(
    async () => (await relay.api.listDeliveries(`?webhookId=${id}&status=failed`)).body.data.length === 4,
  );
  expect(about(await eventsOf('relay.delivery.failed'), id)).toHaveLength(1);
  expect(about(await eventsOf('relay.delivery.failed'), own.id)).toEqual([]);
}, 60_000);

test('a storm of 500 webhooks makes one digest, not 500 mails', async () => {
  if (!mailServer) await startMailServer();
  await eventually(() => mails.length > 0, 30_000);
  const before = mails.filter(({ to }) => to.includes('ops@example.com')).length;
  const { url } = await receive();
  const { id } = await relay.api.createWebhook({ url, eventTypes: ['never.posted'] });
  const db = connectDatabase({ url: relay.env['DATABASE_URL'] ?? '', poolMax: 1 });
  const health = { state: 'down', since: new Date().toISOString(), lastError: 'HTTP 503' };
  await db.transaction(async (trx) => {
    for (let n = 0; n < 500; n++) {
      await leaveNotice(trx, { eventType: 'relay.webhook.down', webhookId: id, details: { health } });
    }
  });
  const left = async () =>
    Number((await db('mails').count({ count: '*' }))[0]?.['count']) +
    Number((await db('notices').count({ count: '*' }))[0]?.['count']);
  await eventually(async () => (await left()) === 0, 60_000);
  await db.destroy();
  expect(mails.filter(({ to }) => to.includes('ops@example.com')).length - before).toBeLessThanOrEqual(2);
}, 90_000);
