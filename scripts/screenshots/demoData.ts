import { setTimeout as sleep } from 'node:timers/promises';
import type { RelayClient } from '../../client/index.ts';
import type { Webhook } from '../../contract/webhooks.ts';

const ONE_ATTEMPT = { initialIntervalMs: 500, maximumIntervalMs: 500, maximumAttempts: 1 };
const THREE_ATTEMPTS = { initialIntervalMs: 400, maximumIntervalMs: 2000, maximumAttempts: 3 };
const PATIENT = { initialIntervalMs: 1_200_000, maximumIntervalMs: 3_600_000, maximumAttempts: 6 };

const INVOICE_PAID = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['invoiceId', 'customer', 'total'],
  properties: {
    invoiceId: { type: 'string', description: 'as printed on the invoice', examples: ['INV-2026-00417'] },
    customer: {
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'integer' }, name: { type: 'string' }, country: { enum: ['DE', 'FR', 'NL'] } },
    },
    total: { type: 'number', minimum: 0, description: 'in the currency, tax included' },
    currency: { type: 'string', default: 'EUR' },
    paidAt: { type: 'string', format: 'date-time' },
  },
};

const INVOICE = `{"invoiceId":"INV-2026-00417","ledgerEntry":90071992547409931,"customer":{"id":88012,"name":"Acme Robotics",
"country":"DE"},"lines":[{"sku":"RB-100","quantity":3,"price":119.90},{"sku":"RB-220","quantity":1,"price":64.50}],
"total":424.20,"currency":"EUR","notes":null,"isFirst":false}`;

/** What the demonstration is about. */
export interface Demo {
  /** Webhooks that took what they were sent, for a history. */
  healthy: Webhook[];
  failedDeliveryId: string;
  /** One that arrived at once. */
  arrivedDeliveryId: string;
  /** An event with several deliveries and a payload worth looking at. */
  eventId: string;
}

/** Fills a relay with webhooks, event types and events as an operator would find them. `target`: where they are sent. */
export async function writeDemo(
  relay: RelayClient,
  post: (body: string) => Promise<void>,
  target: string,
): Promise<Demo> {
  const hook = (name: string, path: string, eventTypes: string[], more: object = {}) =>
    relay.createWebhook({ name, url: `${target}${path}`, eventTypes, ...more });
  const ledger = await hook('Billing ledger', '/ledger', ['invoice.*'], {
    headers: { 'X-Team': 'billing', Authorization: 'Bearer 8f2b' },
  });
  const search = await hook('Search index', '/search', ['*'], { rateLimit: { perSecond: 50 } });
  const crm = await hook('Partner CRM', '/crm', ['customer.*', 'invoice.paid'], { clientId: 'default-client' });
  const warehouse = await hook('Warehouse sync', '/warehouse', ['order.*'], { retryPolicy: THREE_ATTEMPTS });
  const fraud = await hook('Fraud screening', '/fraud', ['order.created'], { retryPolicy: PATIENT });
  const analytics = await hook('Legacy analytics', '/analytics', ['customer.*'], { retryPolicy: ONE_ATTEMPT });
  const staging = await hook('Staging mirror', '/staging', ['order.*']);
  await relay.updateWebhook(staging.id, { isActive: false });
  await relay.rotateWebhookSecret(ledger.id, { overlapSeconds: 86_400 });

  const describe = (name: string, description: string, schema: Record<string, unknown> | null = null) =>
    relay.createEventType({ name, description, schema }).catch(() => undefined);
  await describe('invoice.paid', 'An invoice was paid in full', INVOICE_PAID);
  await describe('order.created', 'A customer placed an order', { type: 'object', required: ['orderId'] });
  await describe('order.shipped', 'All parcels of an order have left');
  await describe('customer.updated', 'Name, address or terms changed');
  await relay.createKey({ name: 'Orders module', scopes: ['events:write'], rateLimitPerMinute: 0 });
  await relay.createKey({ name: 'Support desk', scopes: ['events:read', 'deliveries:read', 'deliveries:write'] });

  for (let n = 1; n <= 6; n += 1) {
    await relay.createEvent({ eventType: 'order.created', payload: { orderId: 4710 + n, items: n } });
    await relay.createEvent({ eventType: 'customer.updated', payload: { customerId: 88_000 + n } });
    await relay.createEvent({ eventType: 'order.shipped', payload: { orderId: 4700 + n, parcels: 2 } });
    await post(`{"eventType":"invoice.paid","idempotencyKey":"invoice-${Date.now()}-${n}","payload":${INVOICE}}`);
  }
  for (let tries = 0; tries < 60; tries += 1) {
    const { data } = await relay.listDeliveries({ webhookId: warehouse.id, status: 'failed', limit: 1 });
    const { data: tried } = await relay.listDeliveries({ webhookId: fraud.id, status: 'retrying', limit: 1 });
    const { data: arrived } = await relay.listDeliveries({ webhookId: ledger.id, status: 'delivered', limit: 1 });
    const { isActive } = await relay.getWebhook(analytics.id);
    const { data: events } = await relay.listEvents({ eventType: 'invoice.paid', limit: 1 });
    if (data[0] && tried[0] && events[0] && arrived[0] && !isActive) {
      const ids = { failedDeliveryId: data[0].id, arrivedDeliveryId: arrived[0].id, eventId: events[0].id };
      return { healthy: [ledger, search, crm], ...ids };
    }
    await sleep(500);
  }
  throw new Error('The deliveries of the demonstration did not come to an end.');
}
