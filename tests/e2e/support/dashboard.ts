import { existsSync } from 'node:fs';
import pg from 'pg';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest';
import { buildDashboard, isDashboardStale } from '../../../cli/start/dashboard.ts';
import { createReceiver, type Receiver } from '../../../receiver/createReceiver.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../../support/testRelay.ts';

export const KEY = 'test-api-key-12345';
export const DESKTOP = { width: 1440, height: 900 };
const ONCE = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };
const executablePath =
  process.env['CHROMIUM_PATH'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));

/** A Relay, a receiver and a browser for each file that imports this, and a page for each of its tests. */
export let relay: TestRelay;
export let page: Page;
/** Where the receiver listens. */
export let url: string;
/** What the receiver answers; 200 at the beginning of each test. */
export const answers = { status: 200 };
let browser: Browser;
let receiver: Receiver;

beforeAll(async () => {
  if (!executablePath) throw new Error('Chromium is needed: apt-get install chromium, or set CHROMIUM_PATH.');
  await buildOnce();
  relay = await startTestRelay();
  receiver = createReceiver({
    respond: () => ({ ...answers, body: answers.status === 200 ? 'thanks' : 'the disk is full' }),
  });
  ({ url } = await receiver.listen());
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
}, 120_000);
afterAll(async () => {
  await browser.close();
  await receiver.close();
});
beforeEach(async () => {
  answers.status = 200;
  const context = await browser.newContext({ baseURL: relay.url, viewport: DESKTOP });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
});
afterEach(async () => {
  await page.context().close();
});

/** Files run beside each other, and the first of them builds the dashboard; the lock ends with the connection. */
async function buildOnce(): Promise<void> {
  const lock = new pg.Client({ connectionString: inject('postgresUrl') });
  await lock.connect();
  try {
    await lock.query("SELECT pg_advisory_lock(hashtext('relay dashboard'))");
    if (await isDashboardStale()) await buildDashboard();
  } finally {
    await lock.end();
  }
}

export async function signIn(path = '/', key = KEY): Promise<void> {
  await page.goto(path);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages', exact: true }).waitFor();
}

export interface Failed {
  webhookId: string;
  eventId: string;
  deliveryId: string;
}

export async function failOnce(
  eventType: string,
  payload: object = { big: 1, text: 'a <b>bold</b> text' },
): Promise<Failed> {
  answers.status = 500;
  const webhook = await relay.api.createWebhook({ url, eventTypes: [eventType], retryPolicy: ONCE, name: eventType });
  const { body: event } = await relay.api.postEvent({ eventType, payload });
  const delivery = await eventually(async () => {
    const { deliveries } = (await relay.api.getEvent(event.id)).body;
    return deliveries.find((one) => one.webhookId === webhook.id && one.status === 'failed');
  });
  return { webhookId: webhook.id, eventId: event.id, deliveryId: delivery.id };
}
