import { existsSync } from 'node:fs';
import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createReceiver, type Receiver } from '../../scripts/receiver/createReceiver.ts';
import { buildDashboard, isDashboardStale } from '../../scripts/start/dashboard.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const KEY = 'test-api-key-12345';
const ONCE = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };
const executablePath =
  process.env['CHROMIUM_PATH'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
/** With a directory here, each page is photographed at the width of a desktop and of a phone. */
const screenshots = process.env['SCREENSHOTS'];

/** The elements that make a page scroll sideways; those within a frame that scrolls by itself do not. */
const OVERFLOWING = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('main *')]
  .filter((element) => !element.closest('.table-scroll, pre') && element.getBoundingClientRect().right > innerWidth)
  .map((element) => element.outerHTML.slice(0, 120))`;

let relay: TestRelay;
let browser: Browser;
let page: Page;
let receiver: Receiver;
let url: string;
let status = 200;

beforeAll(async () => {
  if (!executablePath) throw new Error('Chromium is needed: apt-get install chromium, or set CHROMIUM_PATH.');
  if (await isDashboardStale()) await buildDashboard();
  relay = await startTestRelay({ AUTO_DISABLE_AFTER: '0' });
  receiver = createReceiver({ respond: () => ({ status, body: status === 200 ? 'thanks' : 'the disk is full' }) });
  ({ url } = await receiver.listen());
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
}, 120_000);
afterAll(async () => {
  await browser.close();
  await receiver.close();
});
beforeEach(async () => {
  status = 200;
  const context = await browser.newContext({ baseURL: relay.url, viewport: { width: 1440, height: 900 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
});
afterEach(async () => {
  await page.context().close();
});

async function signIn(path = '/'): Promise<void> {
  await page.goto(path);
  await page.getByLabel('API key').fill(KEY);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
}

async function failOnce(eventType: string): Promise<{ webhookId: string; eventId: string; deliveryId: string }> {
  status = 500;
  const webhook = await relay.api.createWebhook({ url, eventTypes: [eventType], retryPolicy: ONCE, name: eventType });
  const { body: event } = await relay.api.postEvent({ eventType, payload: { big: 1, text: 'a <b>bold</b> text' } });
  const delivery = await eventually(async () => {
    const { deliveries } = (await relay.api.getEvent(event.id)).body;
    return deliveries.find((one) => one.webhookId === webhook.id && one.status === 'failed');
  });
  return { webhookId: webhook.id, eventId: event.id, deliveryId: delivery.id };
}

describe('an operator', () => {
  test('signs in with a key that the page does not keep, and out again', async () => {
    await page.goto('/deliveries');
    await page.getByLabel('API key').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'not known' }).waitFor();
    await page.getByLabel('API key').fill(KEY);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Deliveries' }).waitFor();
    const kept = await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])');
    expect(kept).not.toContain(KEY);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    await page.goto('/deliveries');
    await page.getByLabel('API key').waitFor();
  });

  test('finds why a delivery failed, and retries it', async () => {
    await failOnce('story.failed');
    await signIn('/deliveries');
    await page.getByLabel('Status', { exact: true }).selectOption('failed');
    await page.getByRole('link', { name: 'story.failed' }).click();
    await page.getByText('the disk is full').waitFor();
    await page.getByText('http_status').waitFor();
    await page.getByText('Attempt 1', { exact: true }).waitFor();
    status = 200;
    await page.getByRole('button', { name: 'Retry now' }).click();
    await page.locator('.badge[data-status="delivered"]').first().waitFor();
    await page.getByText('Attempt 2, by hand').waitFor();
  });

  test('retries everything that matches, after seeing how many that is', async () => {
    await failOnce('story.bulk');
    status = 200;
    await signIn('/deliveries?eventType=story.bulk');
    await page.getByRole('button', { name: 'Retry everything that matches' }).click();
    await page.getByRole('button', { name: 'Retry 1' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retry 1' }).click();
    await page.getByText('1 delivered, 0 failed of 1').waitFor();
    await page.locator('tbody .badge[data-status="delivered"]').waitFor();
  });

  test('disables an endpoint, and recovers what it missed', async () => {
    const webhook = await relay.api.createWebhook({ url, eventTypes: ['story.missed'], name: 'Ledger' });
    await signIn(`/webhooks/${webhook.id}`);
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByText('Disabled by an operator').waitFor();
    const { body: event } = await relay.api.postEvent({ eventType: 'story.missed', payload: {} });
    expect(event.status).toBe('skipped');
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByLabel('Deliver again what failed').fill('2024-01-01T00:00');
    await page.getByRole('button', { name: 'Recover' }).click();
    await page.getByText('1 delivered, 0 failed of 1').waitFor();
  });

  test('makes a webhook, sees its secret once, rotates it and sends a test', async () => {
    await signIn('/webhooks');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Billing');
    await page.getByLabel('URL', { exact: true }).fill('http://10.0.0.1/');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('URL', { exact: true }).fill(url);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('heading', { name: 'Billing' }).waitFor();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('Test: taken').waitFor();
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByText(/^whsec_/).waitFor();
  });

  test('follows an event live, and sees its payload exactly', async () => {
    await relay.api.createWebhook({ url, eventTypes: ['story.live'] });
    await signIn('/events');
    await page.getByText('Live', { exact: true }).waitFor();
    await relay.api.call(
      'POST',
      '/api/events',
      '{"eventType":"story.live","payload":{"n":12345678901234567890,"x":1.50}}',
    );
    await page.getByRole('link', { name: 'story.live' }).click();
    await page.getByText('12345678901234567890').waitFor();
    await page.getByText('1.50').waitFor();
    await page.locator('h1 .badge[data-status="delivered"]').waitFor();
  });

  test('makes a key and an event type, and finds both in the audit', async () => {
    await signIn('/keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Orders module');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(/^rk_/).waitFor();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('link', { name: 'Event types' }).click();
    await page.getByRole('button', { name: 'New event type' }).click();
    await page.getByLabel('Name', { exact: true }).fill('order.paid');
    await page.getByLabel('JSON Schema').fill('{"type":"object","required":["orderId"]}');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: 'order.paid' }).waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('cell', { name: 'event_type.created' }).waitFor();
    await page.getByRole('cell', { name: 'key.created' }).waitFor();
  });

  test('is told when nothing matches, and clears the filters', async () => {
    await relay.api.postEvent({ eventType: 'story.filters', payload: {} });
    await signIn('/events?eventType=nobody.posts');
    await page.getByText('Nothing matches.').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await page.getByRole('link', { name: 'story.filters' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
  });
});

test('no page has a serious accessibility finding, an error in its console, or a sideways scroll on a phone', async () => {
  const { webhookId, eventId, deliveryId } = await failOnce('page.seen');
  const paths = [
    ...['/', '/events', `/events/${eventId}`, '/webhooks', `/webhooks/${webhookId}`],
    ...['/deliveries', `/deliveries/${deliveryId}`, '/event-types', '/keys', '/audit'],
  ];
  const troubles: string[] = [];
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
  page.on('pageerror', (error) => troubles.push(String(error)));
  await signIn();
  troubles.length = 0;
  for (const path of paths) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForTimeout(300);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [path, id, nodes[0]?.html])).toEqual([]);
    const name = path.split('/')[1] + (path.split('/').length > 2 ? '-detail' : '') || 'overview';
    if (screenshots) await page.screenshot({ path: join(screenshots, `${name}-1440.png`) });
    await page.setViewportSize({ width: 390, height: 844 });
    const overflowing = await page.evaluate<string[]>(OVERFLOWING);
    expect([path, overflowing]).toEqual([path, []]);
    if (screenshots) await page.screenshot({ path: join(screenshots, `${name}-390.png`) });
  }
  expect(troubles).toEqual([]);
});
