import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { newId } from '../../store/ids.ts';
import { DESKTOP, failOnce, page, relay, signIn } from './support/dashboard.ts';
import { expectNoSeriousFinding } from './support/expectNoSeriousFinding.ts';

const PHONE = { width: 390, height: 844 };
/** Names of real length, and one that no column has room for. */
const LONG = `inventory.${'warehouse.'.repeat(8)}adjusted`;
/** Each a page of its own and a half, of two statuses. */
const MANY = 70;

/** Deliveries beside one that failed: written, not made, so that they stay as they are. */
beforeAll(async () => {
  const { deliveryId } = await failOnce('lists.order.created');
  const db = connectDatabase({ url: relay.env['DATABASE_URL'] ?? '', poolMax: 1 });
  try {
    const [made] = await db<Record<string, unknown>>('deliveries').where({ id: deliveryId });
    const copies = Array.from({ length: MANY - 1 }, (_, n) => ({
      ...made,
      ...{ id: newId(), workflowId: `copy-${n}`, outbox: null, eventType: n === 60 ? LONG : made?.['eventType'] },
      ...{ status: n % 2 === 0 ? 'failed' : 'skipped', responseHeaders: null },
    }));
    await db.batchInsert('deliveries', copies);
  } finally {
    await db.destroy();
  }
});

const rows = () => page.locator('table[aria-label="Deliveries"] tbody tr');
const heights = () =>
  page.evaluate<number[]>(
    "[...document.querySelectorAll('tbody tr')].map((row) => row.getBoundingClientRect().height)",
  );
/** Waits until the rows of a page are there, and not only its number. */
async function shown(number: string): Promise<void> {
  await page.getByText(number).waitFor();
  await page.locator('.list:not([data-other]) tbody tr').first().waitFor();
}
const query = () => new URL(page.url()).search;
const link = (name: string) =>
  page.getByRole('navigation', { name: 'Views of deliveries' }).getByRole('link', { name });

describe('a list of work', () => {
  test('is as its address says: Back undoes a filter, and comes back to the page and the place that was left', async () => {
    await signIn('/deliveries');
    await link('Failing now').click();
    await page.getByLabel('Period').selectOption('');
    await page.getByRole('button', { name: 'Status: retrying, failed' }).click();
    await page.getByLabel('skipped', { exact: true }).check();
    await page.keyboard.press('Escape');
    expect(query()).toBe('?status=retrying,failed,skipped');
    await page.goBack();
    await page.getByRole('button', { name: 'Status: retrying, failed', exact: true }).waitFor();
    await page.goForward();
    await page.getByRole('button', { name: 'Older' }).click();
    await shown('Page 2');
    await page.getByRole('button', { name: 'Older' }).click();
    await shown('Page 3');
    const third = await rows().first().locator('a').first().getAttribute('href');
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    const left = await page.evaluate<number>('scrollY');
    await rows().last().locator('a').first().click();
    await page.getByRole('heading', { level: 1 }).filter({ hasText: 'lists.' }).waitFor();
    await page.goBack();
    await shown('Page 3');
    await page.waitForFunction(`Math.abs(scrollY - ${left}) < 2`);
    await page.reload();
    await shown('Page 3');
    expect(await rows().first().locator('a').first().getAttribute('href')).toBe(third);
    await page.getByRole('button', { name: 'Newer' }).click();
    await shown('Page 2');
    await page.getByRole('button', { name: 'Newer' }).click();
    await shown('Page 1');
    expect(query()).toBe('?status=retrying,failed,skipped');
  });

  test('finds a webhook by its name, and says at a field what is wrong with it', async () => {
    await signIn('/deliveries');
    const field = page.getByLabel('Webhook', { exact: true });
    await rows().first().waitFor();
    await field.fill('half');
    await relay.api.postEvent({ eventType: 'lists.order.created', payload: {} });
    await rows().locator('.badge[data-status="delivered"]').waitFor();
    // What is drawn anew meanwhile takes nothing of what is being typed.
    expect(await field.inputValue()).toBe('half');
    await field.fill('lists.order.created');
    await page.locator('#filter-webhookId-suggestions option').first().waitFor({ state: 'attached' });
    expect(await field.inputValue()).toBe('lists.order.created');
    await field.press('Enter');
    await page.waitForURL(/webhookId=[\da-f-]{36}/);
    expect(await field.inputValue()).toBe('lists.order.created');
    await field.fill('nobody');
    await field.press('Enter');
    await page.getByText('These filters are not understood.').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await page.locator('#filter-webhookId-error', { hasText: 'UUID' }).waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await rows().first().waitFor();
  });

  test('opens a row where it is clicked, and by the keyboard its link', async () => {
    await signIn('/deliveries?status=skipped');
    await rows().first().locator('.col-created').click();
    await page.getByRole('heading', { level: 1 }).filter({ hasText: 'lists.' }).waitFor();
    await page.goBack();
    await rows().first().locator('a').first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1 }).filter({ hasText: 'lists.' }).waitFor();
  });

  test('breaks no word and keeps its head in view, at any width', async () => {
    await signIn('/deliveries');
    for (const width of [1024, DESKTOP.width]) {
      await page.setViewportSize({ width, height: 700 });
      await rows().first().waitFor();
      expect(Math.max(...(await heights()))).toBeLessThan(56);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await page.evaluate('scrollTo(0, 600)');
      const bulk = await page.getByRole('toolbar', { name: 'Selected deliveries' }).boundingBox();
      const head = await page.getByRole('columnheader', { name: 'Status' }).boundingBox();
      expect([bulk?.y, (head?.y ?? 0) >= (bulk?.height ?? 0) - 2, (head?.y ?? 99) < 70]).toEqual([0, true, true]);
      await page.evaluate('scrollTo(0, 0)');
    }
  });

  test('has rows of two lines on a phone, and nothing there that is too small for a thumb', async () => {
    await signIn('/deliveries?status=failed');
    await page.setViewportSize(PHONE);
    await rows().first().waitFor();
    expect(Math.max(...(await heights()))).toBeLessThanOrEqual(72);
    const lines = await page.evaluate<number[]>(
      "[...document.querySelectorAll('td.line-2')].map((cell) => cell.getBoundingClientRect().height)",
    );
    expect(Math.max(...lines)).toBeLessThan(24);
    const small = await page.evaluate<
      string[]
    >(`[...document.querySelectorAll('main :is(button, select, label, .button, .views a)')]
      .filter((one) => one.offsetParent && !one.closest('form:not(.open)'))
      .filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 90))`);
    expect(small).toEqual([]);
    // The row is the target of its link, from edge to edge.
    const box = await rows().nth(1).boundingBox();
    await page.mouse.click((box?.x ?? 0) + 200, (box?.y ?? 0) + (box?.height ?? 0) - 4);
    await page.getByRole('heading', { level: 1 }).filter({ hasText: 'lists.' }).waitFor();
  });

  test('is shown as somebody likes it, and remembers that', async () => {
    await signIn('/deliveries');
    await page.getByRole('button', { name: 'View', exact: true }).click();
    const view = page.getByRole('dialog', { name: 'View' });
    await view.getByLabel('Row height').selectOption('dense');
    await view.getByLabel('Rows on a page').selectOption('50');
    await view.getByLabel('Retries').uncheck();
    await view.getByLabel('Event id').check();
    await page.keyboard.press('Escape');
    await page.reload();
    await rows().nth(49).waitFor();
    expect(await page.getByRole('columnheader').allTextContents()).toEqual(expect.arrayContaining(['Event id']));
    expect(await page.getByRole('columnheader', { name: 'Retries' }).count()).toBe(0);
    expect(Math.max(...(await heights()))).toBeLessThan(34);
  });

  test('tells times as one switch says: how long ago, or exactly and in which zone', async () => {
    await signIn('/deliveries');
    const time = rows().first().locator('.col-created time');
    expect(await time.textContent()).toMatch(/ago|now/);
    await page.getByLabel('Times').selectOption('exact');
    await page.getByLabel('Zone').selectOption('UTC');
    expect(await time.textContent()).toMatch(/^\d{1,2} [A-Z][a-z]{2,3}, \d\d:\d\d:\d\d UTC$/);
    await page.reload();
    await time.waitFor();
    expect(await time.textContent()).toMatch(/UTC$/);
    await rows().first().locator('a').first().click();
    await page
      .getByText(/\d{4}, \d\d:\d\d:\d\d UTC/)
      .first()
      .waitFor();
  });

  test('keeps filters under a name, and forgets them', async () => {
    await signIn('/deliveries?eventType=lists.order.created');
    await page.getByRole('button', { name: 'Save this view' }).click();
    await page.getByLabel('Name').fill('Orders');
    await page.keyboard.press('Enter');
    await link('Orders').waitFor();
    await link('Not sent').click();
    await page.getByRole('button', { name: 'Status: skipped, cancelled' }).waitFor();
    await page.reload();
    await link('Orders').click();
    await page.waitForURL('**/deliveries?eventType=lists.order.created');
    expect(await link('Orders').getAttribute('aria-current')).toBe('true');
    await page.getByRole('button', { name: 'Forget this view' }).click();
    await link('Orders').waitFor({ state: 'detached' });
  });

  test('is exported whole, as what it is filtered by', async () => {
    await signIn('/deliveries?status=skipped&last=24h');
    await rows().first().waitFor();
    const save = async (name: string) => {
      await page.getByRole('button', { name: 'Export' }).click();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
      const text = await readFile(await download.path(), 'utf8');
      await page.keyboard.press('Escape');
      return { file: download.suggestedFilename(), lines: text.trimEnd().split('\n') };
    };
    const csv = await save('CSV');
    expect([csv.file, csv.lines.length]).toEqual([expect.stringMatching(/^deliveries-.*\.csv$/), (MANY - 2) / 2 + 1]);
    const json = await save('JSON');
    expect([json.file, json.lines.length]).toEqual([expect.stringMatching(/\.ndjson$/), (MANY - 2) / 2]);
  });

  test('goes on from a page that is selected to everything that matches, with its number', async () => {
    await signIn('/deliveries?status=failed');
    await page.getByLabel('Select this page').check();
    await page.getByRole('button', { name: 'Select everything that matches' }).click();
    await page.getByText(`${MANY / 2 + 1} can be retried.`).waitFor();
    await page.getByRole('button', { name: `Retry ${MANY / 2 + 1}` }).click();
    await page.getByText(`Send ${MANY / 2 + 1} deliveries again, each once?`).waitFor();
  });

  test('has no serious accessibility finding with its menus open, in either theme', { timeout: 120_000 }, async () => {
    await signIn('/deliveries');
    await rows().first().waitFor();
    for (const name of ['Status: any', 'View', 'Export']) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('dialog').waitFor();
      await expectNoSeriousFinding(name);
      await page.keyboard.press('Escape');
    }
  });
});
