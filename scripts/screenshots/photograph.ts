import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import type { Demo } from './demoData.ts';

const IMAGES = fileURLToPath(new URL('../../docs/images', import.meta.url));
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const run = promisify(execFile);

/** Fewer colours make the pictures a third as large; without ImageMagick they stay as they are. */
async function shrink(path: string): Promise<void> {
  await run('convert', [path, '-strip', '-colors', '128', `PNG8:${path}`]).catch(() => undefined);
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.goto('/');
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
}

async function photograph(page: Page, path: string, file: string): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('[aria-busy="true"], .skeleton').first().waitFor({ state: 'detached' });
  // The chart draws in its own time.
  await page.waitForTimeout(500);
  await page.screenshot({ path: file });
  await shrink(file);
}

/** Photographs the pages of README and QUICKSTART, or, into the directory `everything`, all pages in both sizes and themes. */
export async function photographDashboard(options: {
  url: string;
  key: string;
  demo: Demo;
  everything?: string | undefined;
}): Promise<void> {
  const { url, key, demo, everything } = options;
  const main = { dashboard: '/', deliveries: '/deliveries', delivery: `/deliveries/${demo.failedDeliveryId}` };
  const few: Record<string, string> = {
    ...main,
    webhooks: '/webhooks',
    arrived: `/deliveries/${demo.arrivedDeliveryId}`,
  };
  const all: Record<string, string> = {
    ...few,
    events: '/events',
    event: `/events/${demo.eventId}`,
    webhook: `/webhooks/${demo.healthy[0]?.id}`,
    'event-types': '/event-types',
    keys: '/keys',
    audit: '/audit',
  };
  const views: [suffix: string, BrowserContextOptions][] = everything
    ? [
        ['-1440-light', { viewport: DESKTOP, colorScheme: 'light' }],
        ['-1440-dark', { viewport: DESKTOP, colorScheme: 'dark' }],
        ['-390-light', { viewport: PHONE, colorScheme: 'light' }],
        ['-390-dark', { viewport: PHONE, colorScheme: 'dark' }],
      ]
    : [['', { viewport: DESKTOP, colorScheme: 'light' }]];
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  await mkdir(everything ?? IMAGES, { recursive: true });
  try {
    for (const [suffix, view] of views) {
      const context = await browser.newContext({ baseURL: url, ...view });
      const page = await context.newPage();
      await signIn(page, key);
      for (const [name, path] of Object.entries(everything ? all : few)) {
        await photograph(page, path, join(everything ?? IMAGES, `${name}${suffix}.png`));
      }
      await context.close();
    }
  } finally {
    await browser.close();
  }
}
