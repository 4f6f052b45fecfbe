import { Client, Connection } from '@temporalio/client';
import { afterAll, expect, inject, test } from 'vitest';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { callBackRetry } from '../../temporal/deliveryWorkflows.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay } from '../support/testRelay.ts';

test('a retry that waits in Temporal for an hour runs at once when it is called back; one that is gone is no error', async () => {
  const { api } = await startTestRelay();
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  afterAll(() => connection.close());
  const client = new Client({ connection });
  let isWell = false;
  // The first retry is a timer of the workflow; those after it wait as an activity.
  const later = { status: 503, headers: { 'retry-after': '3600' } };
  let attempts = 0;
  const respond = () => (isWell ? {} : ++attempts === 1 ? { status: 503 } : later);
  const receiver = createReceiver({ respond });
  const { url } = await receiver.listen();
  afterAll(() => receiver.close());

  const retryPolicy = { initialIntervalMs: 1000, backoffCoefficient: 1, maximumIntervalMs: 1000, maximumAttempts: 5 };
  const { id: webhookId } = await api.createWebhook({ url, retryPolicy });
  await api.postEvent({ eventType: 'called.back', payload: {} });
  const [delivery] = await eventually(async () => {
    const { data } = (await api.listDeliveries(`?webhookId=${webhookId}`)).body;
    return data[0]?.retryCount === 1 && data;
  });
  const { workflowId } = delivery!;
  const activityId = await eventually(async () => {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities?.[0]?.activityId;
  });

  isWell = true;
  await callBackRetry(client, { workflowId, activityId });
  await eventually(async () => (await api.getDelivery(delivery!.id)).body.status === 'delivered');
  expect(receiver.received).toHaveLength(3);
  await expect(callBackRetry(client, { workflowId, activityId })).resolves.toBeUndefined();
  await expect(callBackRetry(client, { workflowId: 'delivery:none', activityId })).resolves.toBeUndefined();
});
