import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { connectDatabase } from '../api/db/connect.ts';
import { createRelayClient } from '../client/index.ts';
import { type Demo, writeDemo } from './screenshots/demoData.ts';
import { writeHistory } from './screenshots/demoHistory.ts';
import { createDemoReceiver } from './screenshots/demoReceiver.ts';

/**
 * `npm run screenshots`: fills a fresh, running relay (`npm start`) with a demonstration and photographs the dashboard into
 * docs/images. RELAY_URL, RELAY_API_KEY and DATABASE_URL point at another than the default one; CHROMIUM_PATH at another
 * browser. Never run it against a relay that is in use.
 */
const {
  RELAY_URL = 'http://localhost:5000',
  RELAY_API_KEY = 'test-api-key-12345',
  DATABASE_URL = 'postgres://postgres:relay@127.0.0.1:5433/relay',
  CHROMIUM_PATH = '/usr/bin/chromium',
  /** Also photographs every page on a phone and in the dark, into this directory. */
  SCREENSHOTS_ALL,
} = process.env;
const IMAGES = fileURLToPath(new URL('../docs/images', import.meta.url));
const COLOURS = '128';
const run = promisify(execFile);

async function fill(): Promise<Demo> {
  const receiver = createDemoReceiver();
  const { url } = await receiver.listen();
  const db = connectDatabase({ url: DATABASE_URL, poolMax: 2 });
  try {
    const demo = await writeDemo(
      createRelayClient({ baseUrl: RELAY_URL, apiKey: RELAY_API_KEY }),
      async (body) => {
        const headers = { 'x-api-key': RELAY_API_KEY };
        await fetch(`${RELAY_URL}/api/events`, { method: 'POST', headers, body });
      },
      url.replace(/\/$/, ''),
    );
    await writeHistory(db, demo.healthy, ['invoice.paid', 'order.created', 'order.shipped', 'customer.updated']);
    return demo;
  } finally {
    await db.destroy();
    await receiver.close();
  }
}

async function signIn(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByLabel('API key').fill(RELAY_API_KEY);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
}

/** Fewer colours make the pictures a third as large; without ImageMagick they stay as they are. */
async function shrink(path: string): Promise<void> {
  await run('convert', [path, '-strip', '-colors', COLOURS, `PNG8:${path}`]).catch(() => undefined);
}

async function photograph(page: Page, path: string, file: string): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
  await page.waitForTimeout(500);
  await page.screenshot({ path: file });
  await shrink(file);
}

async function main(): Promise<void> {
  await mkdir(SCREENSHOTS_ALL ?? IMAGES, { recursive: true });
  const { failedDeliveryId, healthy } = await fill();
  const browser = await chromium.launch({ executablePath: CHROMIUM_PATH, args: ['--no-sandbox', '--disable-gpu'] });
  const pages: Record<string, string> = {
    dashboard: '/',
    deliveries: '/deliveries',
    delivery: `/deliveries/${failedDeliveryId}`,
    webhooks: '/webhooks',
  };
  const views = SCREENSHOTS_ALL
    ? [
        ...[1440, 390].flatMap((width) => (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme }))),
      ]
    : [{ width: 1440, colorScheme: 'light' as const }];
  if (SCREENSHOTS_ALL) {
    const [{ data: events }] = [await createRelayClient({ baseUrl: RELAY_URL, apiKey: RELAY_API_KEY }).listEvents()];
    Object.assign(pages, { webhook: `/webhooks/${healthy[0]?.id}`, events: '/events', event: `/events/${events[0]?.id}` });
    Object.assign(pages, { 'event-types': '/event-types', keys: '/keys', audit: '/audit' });
  }
  for (const { width, colorScheme } of views) {
    const context = await browser.newContext({
      ...{ baseURL: RELAY_URL, colorScheme, viewport: { width, height: width < 500 ? 844 : 900 } },
    });
    const page = await context.newPage();
    await signIn(page);
    for (const [name, path] of Object.entries(pages)) {
      const file = SCREENSHOTS_ALL ? join(SCREENSHOTS_ALL, `${name}-${width}-${colorScheme}.png`) : join(IMAGES, `${name}.png`);
      await photograph(page, path, file);
    }
    await context.close();
  }
  await browser.close();
}

await main();
