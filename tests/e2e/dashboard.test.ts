import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import axe, { type AxeResults } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { buildDashboard, isDashboardStale } from '../../cli/start/dashboard.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const KEY = 'test-api-key-12345';
const ONCE = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };
/** Ten pages in two themes and two widths. */
const MANY_PAGES = { timeout: 240_000 };
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const executablePath =
  process.env['CHROMIUM_PATH'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
/** With a directory here, each page is photographed at the width of a desktop and of a phone. */
const screenshots = process.env['SCREENSHOTS'];

/** The elements that make a page scroll sideways; those within a frame that scrolls by itself do not. */
const OVERFLOWING = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('main *')]
  .filter((element) => !element.closest('pre, .json-tree, .tab-list') && element.getBoundingClientRect().right > innerWidth)
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
  const context = await browser.newContext({ baseURL: relay.url, viewport: DESKTOP });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
});
afterEach(async () => {
  await page.context().close();
});

async function signIn(path = '/', key = KEY): Promise<void> {
  await page.goto(path);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages', exact: true }).waitFor();
}

interface Failed {
  webhookId: string;
  eventId: string;
  deliveryId: string;
}

async function failOnce(eventType: string): Promise<Failed> {
  status = 500;
  const webhook = await relay.api.createWebhook({ url, eventTypes: [eventType], retryPolicy: ONCE, name: eventType });
  const { body: event } = await relay.api.postEvent({ eventType, payload: { big: 1, text: 'a <b>bold</b> text' } });
  const delivery = await eventually(async () => {
    const { deliveries } = (await relay.api.getEvent(event.id)).body;
    return deliveries.find((one) => one.webhookId === webhook.id && one.status === 'failed');
  });
  return { webhookId: webhook.id, eventId: event.id, deliveryId: delivery.id };
}

function everyPage({ webhookId, eventId, deliveryId }: Failed): string[] {
  return [
    ...['/', '/events', `/events/${eventId}`, '/webhooks', `/webhooks/${webhookId}`],
    ...['/deliveries', `/deliveries/${deliveryId}`, '/event-types', '/keys', '/audit'],
  ];
}

/** Looks at what is shown, in both themes. */
async function expectNoSeriousFinding(where: string): Promise<void> {
  await page.evaluate(axe.source);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    // Only the contrast differs between the themes.
    const rules = colorScheme === 'dark' ? `{ runOnly: ['color-contrast'] }` : '';
    const { violations } = await page.evaluate<AxeResults>(`axe.run(${rules})`);
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [where, colorScheme, id, nodes[0]?.html])).toEqual([]);
  }
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
    await page.getByRole('link', { name: 'story.failed' }).first().click();
    await page.getByText('the disk is full').first().waitFor();
    await page.getByText('http_status').first().waitFor();
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

  test('ticks single deliveries, and retries those', async () => {
    const { webhookId } = await failOnce('story.ticked');
    await relay.api.postEvent({ eventType: 'story.ticked', payload: {} });
    await eventually(async () => {
      const { body } = await relay.api.call<{ data: unknown[] }>(
        'GET',
        `/api/deliveries?webhookId=${webhookId}&status=failed`,
      );
      return body.data.length === 2 ? body : undefined;
    });
    status = 200;
    await signIn('/deliveries?eventType=story.ticked');
    await page
      .getByLabel(/^Select story.ticked/)
      .first()
      .check();
    await page.getByRole('button', { name: 'Retry 1 selected' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retry 1 selected' }).click();
    await page.getByText('1 sent again.').waitFor();
    await page.locator('tbody .badge[data-status="delivered"]').waitFor();
    expect(await page.locator('tbody .badge[data-status="failed"]').count()).toBe(1);
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
    await page.locator('.field', { hasText: 'URL' }).getByText('private address').waitFor();
    await page.getByLabel('URL', { exact: true }).fill(url);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('heading', { name: 'Billing' }).waitFor();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('Test: taken').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByLabel('The old secret goes on signing').selectOption({ label: 'For an hour' });
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
    await page.getByText('12345678901234567890', { exact: true }).waitFor();
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

  test('posts an event from an example that its schema gives', async () => {
    const schema = { type: 'object', required: ['total'], properties: { total: { type: 'number', minimum: 3 } } };
    await relay.api.call('POST', '/api/event-types', { name: 'story.schema', description: 'An order', schema });
    await signIn('/events');
    await page.getByRole('button', { name: 'Post an event' }).click();
    await page.getByLabel('Event type', { exact: true }).last().fill('story.schema');
    await page.getByText('required', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Fill in an example' }).click();
    await page.getByRole('button', { name: 'Post', exact: true }).click();
    await page.getByRole('heading', { name: 'story.schema' }).waitFor();
  });

  test('is told when the live connection is lost, and when it has healed', async () => {
    const stream = { contentType: 'text/event-stream', body: 'retry: 2000\n\n' };
    await page.route('**/api/stream', (route) => route.fulfill(stream), { times: 1 });
    await signIn('/events');
    await page.getByText('The live connection is lost.').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('The live connection is lost.').waitFor({ state: 'detached' });
  });

  test('gets only what the key may do', async () => {
    const { body } = await relay.api.call<{ key: string }>('POST', '/api/keys', {
      ...{ name: 'Reader', scopes: ['deliveries:read', 'webhooks:read'] },
    });
    await failOnce('story.reader');
    await signIn('/deliveries', body.key);
    await page.getByRole('link', { name: 'story.reader' }).first().waitFor();
    expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /Retry/ }).count()).toBe(0);
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

test(
  'no page has a serious accessibility finding, an error in its console, or a sideways scroll on a phone',
  MANY_PAGES,
  async () => {
    const paths = everyPage(await failOnce('page.seen'));
    const troubles: string[] = [];
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(String(error)));
    await signIn();
    troubles.length = 0;
    for (const path of paths) {
      await page.setViewportSize(DESKTOP);
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(300);
      await expectNoSeriousFinding(path);
      const name = path.split('/')[1] + (path.split('/').length > 2 ? '-detail' : '') || 'overview';
      if (screenshots) await page.screenshot({ path: join(screenshots, `${name}-1440.png`) });
      await page.setViewportSize(PHONE);
      const overflowing = await page.evaluate<string[]>(OVERFLOWING);
      expect([path, overflowing]).toEqual([path, []]);
      if (screenshots) await page.screenshot({ path: join(screenshots, `${name}-390.png`) });
    }
    expect(troubles).toEqual([]);
  },
);

test('neither the sign-in page nor a dialog has a serious accessibility finding', MANY_PAGES, async () => {
  const { webhookId, eventId } = await failOnce('dialog.seen');
  await page.goto('/');
  await page.getByLabel('API key').waitFor();
  await expectNoSeriousFinding('sign-in');
  await page.getByLabel('API key').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await expectNoSeriousFinding('sign-in, refused');
  await signIn();
  const dialogs: [path: string, ...buttons: string[]][] = [
    ['/webhooks', 'New webhook'],
    [`/webhooks/${webhookId}`, 'Send a test', 'Edit', 'Rotate secret', 'Disable', 'Delete'],
    ['/events', 'Post an event'],
    [`/events/${eventId}`, 'Replay'],
    ['/event-types', 'New event type'],
    ['/keys', 'New key'],
  ];
  const dialog = page.getByRole('dialog');
  for (const [path, ...buttons] of dialogs) {
    await page.goto(path);
    for (const button of buttons) {
      await page.getByRole('button', { name: button, exact: true }).click();
      await dialog.waitFor();
      await expectNoSeriousFinding(`${path} ${button}`);
      if (screenshots) await page.screenshot({ path: join(screenshots, `dialog-${button.replaceAll(' ', '-')}.png`) });
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    }
  }
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Seen once');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText(/^rk_/).waitFor();
  await expectNoSeriousFinding('a secret');
});

test('what is shown does not jump while a page loads', MANY_PAGES, async () => {
  const paths = everyPage(await failOnce('page.steady'));
  await signIn();
  await page.addInitScript(`
    globalThis.shifts = [];
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries()) {
        if (!hadRecentInput) shifts.push({ value, of: sources.map(({ node }) => node?.outerHTML?.slice(0, 80)) });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  `);
  // Answers take long enough for what stands in for them to be seen.
  await page.route(/\/api\/(?!stream)/, async (route) => {
    await sleep(150);
    await route.continue();
  });
  for (const path of paths) {
    for (const size of [DESKTOP, PHONE]) {
      await page.setViewportSize(size);
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('[aria-busy="true"], .skeleton').first().waitFor({ state: 'detached' });
      await page.waitForTimeout(400);
      const shifts = await page.evaluate<{ value: number; of: string[] }[]>('shifts');
      const sum = shifts.reduce((total, { value }) => total + value, 0);
      expect(sum, `${path} at ${size.width}: ${JSON.stringify(shifts)}`).toBeLessThan(0.1);
    }
  }
});

test('the first page loads less than 200 KB of JavaScript, gzipped', async () => {
  const scripts = new Map<string, number>();
  page.on('response', (response) => {
    if (response.url().endsWith('.js')) {
      void response.body().then((body) => scripts.set(response.url(), gzipSync(body).length));
    }
  });
  await signIn();
  await page.locator('.chart canvas').waitFor();
  await page.waitForLoadState('load');
  const bytes = [...scripts.values()].reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(200_000);
});
