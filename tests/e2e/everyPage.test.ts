import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DESKTOP, type Failed, failOnce, page, signIn } from './support/dashboard.ts';
import { expectNoSeriousFinding } from './support/expectNoSeriousFinding.ts';

/** Eleven pages in two themes and two widths. */
const MANY_PAGES = { timeout: 240_000 };
const PHONE = { width: 390, height: 844 };
/** With a directory here, each page is photographed at the width of a desktop and of a phone. */
const screenshots = process.env['SCREENSHOTS'];

/** The elements that make a page scroll sideways; those within a frame that scrolls by itself do not. */
const OVERFLOWING = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('main *')]
  .filter((element) => !element.closest('pre, .json-tree, .tab-list') && element.getBoundingClientRect().right > innerWidth)
  .map((element) => element.outerHTML.slice(0, 120))`;

function everyPage({ webhookId, eventId, deliveryId }: Failed): string[] {
  return [
    ...['/', '/events', `/events/${eventId}`, '/webhooks', `/webhooks/${webhookId}`],
    ...['/deliveries', `/deliveries/${deliveryId}`, '/batches', '/event-types', '/keys', '/roles', '/audit'],
  ];
}

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
