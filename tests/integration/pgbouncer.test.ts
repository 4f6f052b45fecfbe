import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { migrate } from '../../store/migrate.ts';
import { listen } from '../../store/listen.ts';
import { createLogger } from '../../ops/logger.ts';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { emptyDatabase, execute } from '../support/database.ts';
import { followStream } from '../support/eventStream.ts';
import { eventually } from '../support/eventually.ts';
import { pgbouncerProgram, startPgBouncer, type PgBouncer } from '../support/pgbouncer.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const POOL_SIZE = 3;

describe.skipIf(!pgbouncerProgram)('deploy/pgbouncer/pgbouncer.ini (skipped where PgBouncer is not installed)', () => {
  let pooler: PgBouncer;
  let directUrl: string;
  let first: TestRelay;
  let second: TestRelay;
  let receiver: Receiver;
  let url: string;

  beforeAll(async () => {
    directUrl = await emptyDatabase(inject('postgresUrl'));
    pooler = await startPgBouncer(directUrl, POOL_SIZE);
    const db = connectDatabase({ url: pooler.url, poolMax: 2 });
    await migrate(db);
    await db.destroy();
    first = await startTestRelay({ DATABASE_URL: pooler.url, DATABASE_LISTEN_URL: directUrl });
    second = await startTestRelay({ ...first.env });
    receiver = createReceiver({ respond: ({ body }) => (body.includes('"refused"') ? { status: 500 } : {}) });
    ({ url } = await receiver.listen());
  });
  afterAll(async () => {
    await Promise.all([first.stop(), second.stop()]);
    await receiver.close();
    await pooler.stop();
  });

  it('takes load from two processes over three connections, and everything is delivered once', async () => {
    await first.api.createWebhook({ url, eventTypes: ['pooled'] });
    const post = (n: number) =>
      (n % 2 ? first : second).api.postEvent({ eventType: 'pooled', payload: { n } }, { 'idempotency-key': `p-${n}` });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => post(n)));
    expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
    const ids = answers.map(({ body }) => body.id);
    const arrived = () => receiver.received.map(({ headers }) => String(headers['webhook-id']));
    await eventually(() => new Set(arrived()).size === ids.length);
    expect(arrived().toSorted()).toEqual(ids.toSorted());
    const { rows } = await execute(
      directUrl,
      `SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'relay'`,
    );
    expect(Number(rows[0]!['count'])).toBeLessThanOrEqual(POOL_SIZE);
  });

  it('brings a changed webhook into force in the other process, and changes to readers of the stream', async () => {
    const webhook = await first.api.createWebhook({ url, eventTypes: ['moved.before'] });
    const stream = await followStream(second.url, { 'x-api-key': 'test-api-key-12345' });
    await first.api.call('PATCH', `/api/webhooks/${webhook.id}`, { eventTypes: ['moved.after'] });
    await eventually(() => stream.messages.some(({ event }) => event === 'webhook.updated'), 5000);
    const { body } = await second.api.postEvent({ eventType: 'moved.after', payload: {} });
    await eventually(async () => (await first.api.getEvent(body.id)).body.status === 'delivered');
    await stream.close();
  });

  it('runs transactions, retries by hand and bulk work', async () => {
    const once = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };
    await first.api.createWebhook({ url, eventTypes: ['refused'], retryPolicy: once });
    const { body: event } = await first.api.postEvent({ eventType: 'refused', payload: {} });
    const failed = () =>
      eventually(async () => {
        const { body } = await second.api.getEvent(event.id);
        return body.status === 'failed' ? body : null;
      });
    const [delivery] = (await failed()).deliveries;
    expect((await second.api.retryDelivery(delivery!.id)).status).toBe(202);
    await eventually(async () => (await failed()).retryCount === 1);
    const filter = { eventId: event.id };
    const { body: batch } = await first.api.call<{ id: string }>('POST', '/api/deliveries/retry', { filter });
    await eventually(async () => (await second.api.getBatch(batch.id)).body.status === 'done');
    expect((await failed()).retryCount).toBe(2);
  });

  it('keeps the limit on the time of a statement', async () => {
    const db = connectDatabase({ url: pooler.url, poolMax: 1 });
    const { rows } = await db.raw<{ rows: unknown[] }>('SHOW statement_timeout');
    expect(rows).toEqual([{ statement_timeout: '30s' }]);
    await db.destroy();
  });

  it('is noticed by a process that listens through it', async () => {
    const warnings: string[] = [];
    const logger = createLogger('error');
    logger.warn = ((message: string) => warnings.push(message)) as unknown as typeof logger.warn;
    for (const url of [pooler.url, directUrl]) {
      const listener = await listen({ url, logger });
      await listener.close();
    }
    expect(warnings).toEqual([expect.stringContaining('DATABASE_LISTEN_URL')]);
  });
});
