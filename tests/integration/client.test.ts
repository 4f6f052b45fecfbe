import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { createRelayClient, everyRow, RelayProblem } from '../../client/index.ts';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { checkAnswer } from '../support/conformance.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay } from '../support/testRelay.ts';

/** The global fetch, which fails when an answer is not as described. */
async function checkedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const { pathname, search } = new URL(request.url);
  const response = await fetch(request);
  const { status, headers } = response;
  checkAnswer({
    method: request.method,
    path: pathname + search,
    status,
    headers,
    text: await response.clone().text(),
  });
  return response;
}

it('a module walks through the API with the typed client', async () => {
  const { url } = await startTestRelay();
  const admin = createRelayClient({ baseUrl: url, apiKey: 'test-api-key-12345', fetch: checkedFetch });
  const { key, id: keyId } = await admin.createKey({
    name: 'Billing',
    scopes: ['events:write', 'events:read', 'webhooks:write', 'webhooks:read', 'deliveries:write', 'deliveries:read'],
    clientId: 'billing',
  });
  const relay = createRelayClient({ baseUrl: url, apiKey: key, fetch: checkedFetch });
  expect(await relay.getMe()).toMatchObject({ keyId, name: 'Billing', clientId: 'billing' });

  let status = 500;
  const receiver = createReceiver({ respond: () => ({ status }) });
  const { url: target } = await receiver.listen();
  const webhook = await relay.createWebhook({
    name: 'Mine',
    url: target,
    eventTypes: ['job.*'],
    retryPolicy: { maximumAttempts: 1, initialIntervalMs: 100 },
  });
  expect(webhook.clientId).toBe('billing');
  expect(await relay.testWebhook(webhook.id)).toMatchObject({ ok: false, httpStatus: 500 });

  const event = { eventType: 'job.created', payload: { jobId: '1' }, idempotencyKey: randomUUID() };
  const posted = await relay.createEvent(event);
  expect((await relay.createEvent(event)).id).toBe(posted.id);
  await expect(relay.createEvent({ ...event, payload: {} })).rejects.toMatchObject({ code: 'idempotency_conflict' });
  const failed = await eventually(async () => {
    const { deliveries } = await relay.getEvent(posted.id);
    return deliveries.find((delivery) => delivery.status === 'failed');
  });
  expect(await relay.getDelivery(failed.id)).toMatchObject({ attempts: [{ number: 1, httpStatus: 500 }] });
  expect((await relay.getDeliveryHistory(failed.id)).data.length).toBeGreaterThan(0);
  expect((await relay.getWebhookStats(webhook.id)).byStatus.failed).toBe(1);

  status = 200;
  expect(await relay.retryDeliveries({ filter: { status: 'failed' }, dryRun: true })).toEqual({ count: 1 });
  const batch = await relay.retryDeliveries({ filter: { status: 'failed' } });
  await eventually(async () => (await relay.getBatch(batch.id)).done === 1);
  const replayed = await relay.replayEvent(posted.id, { webhookIds: [webhook.id] });
  expect(replayed.deliveries).toMatchObject([{ webhookId: webhook.id }]);
  expect((await relay.getEvent(posted.id)).deliveries).toHaveLength(2);

  const { results } = await relay.createEventBatch([
    { eventType: 'job.ended', payload: {} },
    { eventType: 'not a type', payload: {} },
  ]);
  expect(results).toMatchObject([{ status: 202 }, { status: 400, error: { code: 'validation_failed' } }]);
  const types: string[] = [];
  for await (const { eventType } of everyRow(relay.listEvents, { limit: 1 })) types.push(eventType);
  expect(types).toEqual(['job.ended', 'job.created']);
  expect((await relay.getEventStats({ clientId: 'billing' })).total).toBe(2);

  const { secret, ...rest } = await relay.rotateWebhookSecret(webhook.id, { overlapSeconds: 0 });
  expect(secret).not.toBe(webhook.secret);
  expect((await relay.updateWebhook(webhook.id, { name: 'Renamed' })).eventTypes).toEqual(rest.eventTypes);
  await relay.deleteWebhook(webhook.id);
  await expect(relay.getWebhook(webhook.id)).rejects.toBeInstanceOf(RelayProblem);
  expect((await admin.listAudit({ actor: keyId, action: 'webhook.deleted' })).data).toMatchObject([
    { target: { id: webhook.id } },
  ]);
  await admin.revokeKey(keyId);
  await eventually(() =>
    relay.getMe().then(
      () => false,
      (error: RelayProblem) => error.code === 'unauthorized',
    ),
  );
  await receiver.close();
});
