import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import type { AuditEntry } from '../../../contract/access.ts';
import type { SignedRequest } from '../../../contract/deliveries.ts';
import type { Page } from '../../../contract/primitives.ts';
import type { Problem } from '../../../contract/problem.ts';
import type { TestSendResult } from '../../../contract/webhooks.ts';
import { receive } from '../../support/receive.ts';
import { startTestApi, type TestApi } from './support.ts';

const SIGNATURE = { header: 'X-Hub', algorithm: 'sha256', content: 'body', encoding: 'hex' };
let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});

/** A webhook with things to hide, and a delivery for it. */
async function make(url = 'http://127.0.0.1:9/hooks') {
  const eventType = `by.hand.${randomUUID()}`;
  const webhook = await test.api.createWebhook({
    ...{ url, eventTypes: [eventType], clientId: 'mine' },
    headers: { 'X-Team': 'billing', Authorization: 'Bearer top-secret' },
    signatures: [{ ...SIGNATURE, template: 'sha256={signature}', secret: 'a-secret-of-theirs' }],
  });
  const { body: event } = await test.api.postEvent({ eventType, clientId: 'mine', payload: { n: 1 } });
  const [delivery] = (await test.api.getEvent(event.id)).body.deliveries;
  return { webhook, event, id: delivery?.id ?? '' };
}
const sign = (id: string, body?: object, api = test.api) =>
  api.call<SignedRequest & Problem>('POST', `/api/deliveries/${id}/request`, body);
const elsewhere = (id: string, url: string, api = test.api) =>
  api.call<TestSendResult & Problem>('POST', `/api/deliveries/${id}/send-elsewhere`, { url });
const auditOf = async (id: string) =>
  (await test.api.call<Page<AuditEntry>>('GET', `/api/audit?targetId=${id}`)).body.data.map(
    ({ action, changes }) => [action, changes] as const,
  );

describe('the request of a delivery', () => {
  it('is signed as a receiver verifies it, without what nobody is shown, and that is in the audit trail', async () => {
    const { webhook, event, id } = await make();
    const { status, body } = await sign(id);
    expect([status, body.method, body.url]).toEqual([200, 'POST', webhook.url]);
    new Webhook(webhook.secret).verify(body.body, body.headers);
    expect(body.headers).toMatchObject({ 'webhook-id': event.id, 'x-team': 'billing', authorization: '********' });
    expect(body.headers['x-hub']).toMatch(/^sha256=[0-9a-f]{64}$/);
    expect(body.headers).not.toHaveProperty('traceparent');
    expect(body.masked).toEqual(['authorization']);
    const [entry] = await auditOf(id);
    expect(entry).toMatchObject(['delivery.signed', { attempt: { after: 'now' }, url: { after: webhook.url } }]);
    expect(JSON.stringify(entry)).not.toContain('v1,');
  });

  it('is that of an attempt, at its time and to where it went, when it is asked for', async () => {
    const { webhook, id } = await make();
    const seconds = '1767225600';
    const requestHeaders = { 'webhook-timestamp': seconds, 'webhook-signature': 'v1,…', 'x-then': 'yes', 'x-hub': '…' };
    await test.db('attempts').insert({
      ...{ id: randomUUID(), deliveryId: id, number: 1, trigger: 'automatic', durationMs: 1 },
      ...{ startedAt: new Date(), requestUrl: 'http://127.0.0.1:9/then', requestHeaders },
    });
    const { body } = await sign(id, { attempt: 1 });
    expect(body).toMatchObject({ url: 'http://127.0.0.1:9/then', masked: [] });
    expect(body.headers).toMatchObject({ 'webhook-timestamp': seconds, 'x-then': 'yes' });
    expect(body.headers).not.toHaveProperty('x-team');
    const signature = new Webhook(webhook.secret).sign(
      body.headers['webhook-id'] ?? '',
      new Date(Number(seconds) * 1000),
      body.body,
    );
    expect(body.headers['webhook-signature']).toBe(signature);
    expect((await sign(id, { attempt: 2 })).status).toBe(404);
  });

  it('is for who may see secrets and payloads, and their own client’s', async () => {
    const { event, id } = await make();
    expect((await sign(id, {}, test.as({ scopes: ['deliveries:write', 'events:read'] }))).status).toBe(403);
    expect((await sign(id, {}, test.as({ scopes: ['webhooks:write'] }))).status).toBe(403);
    expect((await sign(id, {}, test.as({ scopes: ['webhooks:write', 'events:read'] }))).status).toBe(200);
    expect((await sign(id, {}, test.as({ clientId: 'other' }))).status).toBe(404);
    expect((await sign(id, {}, test.as({ clientId: 'mine' }))).status).toBe(200);
    await test.api.call('DELETE', `/api/events/${event.id}/payload`);
    expect((await sign(id)).body.code).toBe('payload_erased');
  });
});

describe('a delivery that is sent elsewhere', () => {
  it('arrives signed, without what belongs to its webhook’s origin, counts for nothing, and is in the audit trail', async () => {
    const { receiver, url } = await receive({ respond: () => ({ status: 418, body: 'seen' }) });
    const { webhook, event, id } = await make();
    const before = (await test.api.getDelivery(id)).body;
    const { status, body } = await elsewhere(id, url);
    expect([status, body]).toMatchObject([200, { ok: false, httpStatus: 418, responseBody: 'seen' }]);
    const [request] = receiver.received;
    if (!request) throw new Error('Nothing arrived');
    new Webhook(webhook.secret).verify(request.body, request.headers as Record<string, string>);
    expect(request.headers).toMatchObject({ 'webhook-id': event.id, 'x-team': 'billing' });
    expect(request.headers).not.toHaveProperty('authorization');
    expect(request.headers).not.toHaveProperty('x-hub');
    expect((await test.api.getDelivery(id)).body).toEqual(before);
    expect((await auditOf(id))[0]).toMatchObject(['delivery.sent_elsewhere', { url: { after: url } }]);
  });

  it('keeps everything within its webhook’s origin, as a changed URL does', async () => {
    const { receiver, url } = await receive();
    const { id } = await make(url);
    await elsewhere(id, `${url}other`);
    expect(receiver.received[0]?.path).toBe('/other');
    expect(receiver.received[0]?.headers).toMatchObject({ authorization: 'Bearer top-secret' });
    expect(receiver.received[0]?.headers).toHaveProperty('x-hub');
  });

  it('goes to no address that a webhook may not have', async () => {
    const { id } = await make();
    expect((await elsewhere(id, 'http://10.0.0.1/')).body.code).toBe('target_not_allowed');
    expect((await elsewhere(id, 'http://me:you@127.0.0.1/')).body.code).toBe('validation_failed');
    expect(await auditOf(id)).toEqual([]);
  });

  it('is for who may read payloads and say where Relay sends to, and their own client’s', async () => {
    const { url } = await receive();
    const { event, id } = await make();
    expect((await elsewhere(id, url, test.as({ scopes: ['webhooks:write', 'events:read'] }))).status).toBe(403);
    expect((await elsewhere(id, url, test.as({ scopes: ['deliveries:write', 'events:read'] }))).status).toBe(403);
    expect((await elsewhere(id, url, test.as({ scopes: ['deliveries:write', 'webhooks:write'] }))).status).toBe(403);
    expect((await elsewhere(id, url, test.as({ clientId: 'other' }))).status).toBe(404);
    expect((await elsewhere(id, url, test.as({ clientId: 'mine' }))).status).toBe(200);
    await test.api.call('DELETE', `/api/events/${event.id}/payload`);
    expect((await elsewhere(id, url)).body.code).toBe('payload_erased');
  });
});
