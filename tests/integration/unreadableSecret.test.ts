import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { createSecretBox } from '../../ops/secretBox.ts';
import { resealSecrets } from '../../store/secrets/resealSecrets.ts';
import type { Problem } from '../../contract/problem.ts';
import type { WebhookWithSecret } from '../../contract/webhooks.ts';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { relayCommand } from '../support/commandLine.ts';
import { createDatabase, execute } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const SECRETS_KEY = randomBytes(32).toString('base64');
const ANOTHER = randomBytes(32).toString('base64');
/** What is said where a delivery waits. */
const WHY = 'A secret of the webhook cannot be opened here';

let databaseUrl: string;
let relay: TestRelay;
let receiver: Receiver;
let target: string;
let isWell = true;
let temporal: Client;

beforeAll(async () => {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  temporal = new Client({ connection });
  afterAll(() => connection.close());
  databaseUrl = await createDatabase(inject('postgresUrl'));
  relay = await startTestRelay({ DATABASE_URL: databaseUrl, SECRETS_KEY });
  receiver = createReceiver({ respond: () => (isWell ? {} : { status: 500 }) });
  target = (await receiver.listen()).url;
});
afterAll(() => receiver.close());

const make = (eventType: string) => relay.api.createWebhook({ url: target, eventTypes: [eventType] });
const post = async (eventType: string) => (await relay.api.postEvent({ eventType, payload: {} })).body;
const deliveryTo = async (eventId: string, webhookId: string) =>
  (await relay.api.getEvent(eventId)).body.deliveries.find((delivery) => delivery.webhookId === webhookId);
const ready = async (of = relay) => of.api.call<object>('GET', '/readyz');
const unreadableMetric = async () =>
  /^relay_webhooks_unreadable_secrets (\d+)$/m.exec(await (await fetch(`${relay.url}/metrics`)).text())?.[1];

/** Changes a byte of what is stored; calling what it answers with puts it right. */
async function damage({ id }: { id: string }): Promise<() => Promise<unknown>> {
  const flip = () =>
    execute(
      databaseUrl,
      `UPDATE webhook_secrets SET ciphertext = set_byte(ciphertext, 14, get_byte(ciphertext, 14) # 1) WHERE webhook_id = '${id}'`,
    );
  await flip();
  await eventually(async () => JSON.stringify((await ready()).body).includes(id));
  return flip;
}

test('of three webhooks of which one has a damaged secret, two get the event at once, and the third when it is mended', async () => {
  const [before, ill, after] = [await make('damaged'), await make('damaged'), await make('damaged')];
  const mend = await damage(ill);
  const event = await post('damaged');
  expect(event.deliveryCount).toBe(3);
  await eventually(async () => (await deliveryTo(event.id, before.id))?.status === 'delivered');
  await eventually(async () => (await deliveryTo(event.id, after.id))?.status === 'delivered');
  const { id } = await eventually(() => deliveryTo(event.id, ill.id));
  // Its workflow has asked, has been told to wait, and says why.
  await eventually(async () => (await relay.api.call('GET', `/api/deliveries/${id}/history`)).text.includes(WHY));
  expect((await relay.api.getDelivery(id)).body).toMatchObject({
    status: 'pending',
    attempts: [],
    error: null,
    workflow: { status: 'RUNNING' },
  });
  expect(receiver.received.filter(({ headers }) => headers['webhook-id'] === event.id)).toHaveLength(2);

  expect(await ready()).toMatchObject({
    status: 200,
    body: { status: 'ok', checks: { secrets: 'degraded' }, unreadableSecrets: { count: 1, webhookIds: [ill.id] } },
  });
  expect(await unreadableMetric()).toBe('1');

  await mend();
  await eventually(async () => (await deliveryTo(event.id, ill.id))?.status === 'delivered', 40_000);
  expect((await relay.api.getDelivery(id)).body.attempts).toHaveLength(1);
  expect(await ready()).toMatchObject({ status: 200, body: { checks: { secrets: 'ok' } } });
  expect(await unreadableMetric()).toBe('0');
});

test('a delivery that is being retried waits, too, and loses no attempt', async () => {
  const retryPolicy = { initialIntervalMs: 3000, maximumIntervalMs: 3000, backoffCoefficient: 1, maximumAttempts: 2 };
  const webhook = await relay.api.createWebhook({ url: target, eventTypes: ['retried'], retryPolicy });
  isWell = false;
  const event = await post('retried');
  await eventually(async () => (await deliveryTo(event.id, webhook.id))?.status === 'retrying');
  const mend = await damage(webhook);
  isWell = true;
  const { id = '', workflowId = '' } = (await deliveryTo(event.id, webhook.id)) ?? {};
  // Temporal shows why it waits, as the last failure of the activity that it will run again.
  await eventually(async () => {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities?.some(({ lastFailure }) => lastFailure?.message === WHY);
  });
  const attempts = async () => (await relay.api.getDelivery(id)).body.attempts.length;
  expect([await attempts(), (await deliveryTo(event.id, webhook.id))?.status]).toEqual([1, 'retrying']);
  await mend();
  await eventually(async () => (await deliveryTo(event.id, webhook.id))?.status === 'delivered', 40_000);
  expect(await attempts()).toBe(2);
});

test('a webhook whose hidden headers are damaged waits just so, and its receiver never sees the mask', async () => {
  const authorization = 'Bearer the-receivers-own';
  const eventTypes = ['hidden.damaged'];
  const { id } = await relay.api.createWebhook({ url: target, eventTypes, headers: { authorization } });
  const flip = () =>
    execute(
      databaseUrl,
      `UPDATE webhooks SET sealed_settings = set_byte(sealed_settings, 14, get_byte(sealed_settings, 14) # 1) WHERE id = '${id}'`,
    );
  await flip();
  await eventually(async () => JSON.stringify((await ready()).body).includes(id));
  expect(await unreadableMetric()).toBe('1');
  const event = await post('hidden.damaged');
  const { id: deliveryId } = await eventually(() => deliveryTo(event.id, id));
  await eventually(async () =>
    (await relay.api.call('GET', `/api/deliveries/${deliveryId}/history`)).text.includes(WHY),
  );
  await flip();
  await eventually(async () => (await deliveryTo(event.id, id))?.status === 'delivered', 40_000);
  const sent = receiver.received.filter(({ headers }) => headers['webhook-id'] === event.id);
  expect(sent.map(({ headers }) => headers['authorization'])).toEqual([authorization]);
});

test('a test send to it says what is wrong and sends nothing', async () => {
  const webhook = await make('never.posted');
  const mend = await damage(webhook);
  const before = receiver.received.length;
  const { status, body } = await relay.api.call<Problem>('POST', `/api/webhooks/${webhook.id}/test`);
  expect([status, body.code, body.detail]).toEqual([503, 'unavailable', expect.stringContaining('secret')]);
  expect(receiver.received).toHaveLength(before);
  await mend();
});

test('a rotation without overlap mends it', async () => {
  const webhook = await make('rotated');
  await damage(webhook);
  const rotation = { overlapSeconds: 0 };
  const path = `/api/webhooks/${webhook.id}/rotate-secret`;
  expect((await relay.api.call<WebhookWithSecret>('POST', path, rotation)).status).toBe(200);
  const event = await post('rotated');
  await eventually(async () => (await deliveryTo(event.id, webhook.id))?.status === 'delivered');
});

test('a process starts with one secret that it cannot open, and names it; so does the doctor', async () => {
  const webhook = await make('started');
  const mend = await damage(webhook);
  const second = await startTestRelay({ ...relay.env });
  expect((await ready(second)).body).toMatchObject({ unreadableSecrets: { webhookIds: [webhook.id] } });
  const { stdout } = await relayCommand(['doctor', '--json', '--url', second.url], second.env);
  expect(JSON.parse(stdout)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ check: 'api', status: 'warn' }),
      expect.objectContaining({
        check: 'secrets',
        status: 'fail',
        message: expect.stringContaining(webhook.id) as string,
      }),
    ]),
  );
  await second.stop();
  await mend();
});

test('a process whose keys open nothing that is stored does not start, and says what to set', async () => {
  const starting = startTestRelay({ ...relay.env, SECRETS_KEY: ANOTHER });
  await expect(starting).rejects.toThrow(/SECRETS_KEY.*SECRETS_KEY_PREVIOUS/s);
  const { stdout } = await relayCommand(['doctor', '--json'], { ...relay.env, SECRETS_KEY: ANOTHER });
  expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ check: 'secrets', status: 'fail' }));
});

test('an old process beside a key that was replaced too early seals nothing, sends nothing unsigned and loses nothing', async () => {
  const webhook = await make('too.early');
  const db = connectDatabase({ url: databaseUrl, poolMax: 2 });
  const [oldKey, newKey] = [Buffer.from(SECRETS_KEY, 'base64'), Buffer.from(ANOTHER, 'base64')];
  const { unreadable } = await resealSecrets(db, createSecretBox(newKey, oldKey));
  expect(unreadable).toEqual([]);
  await eventually(async () => JSON.stringify((await ready()).body).includes(webhook.id));

  const refused = await relay.api.call<Problem>('POST', '/api/webhooks', { name: 'x', url: target, eventTypes: ['x'] });
  expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
  const event = await post('too.early');
  expect(event.deliveryCount).toBe(1);
  await relay.stop();
  relay = await startTestRelay({ ...relay.env, SECRETS_KEY: ANOTHER });
  await eventually(async () => (await deliveryTo(event.id, webhook.id))?.status === 'delivered', 40_000);
  await db.destroy();
});
