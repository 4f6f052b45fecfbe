import { expect, test } from 'vitest';
import type { SearchResult } from '../../contract/search.ts';
import { type Failed, failOnce, page, relay, signIn } from './support/dashboard.ts';
import { expectNoSeriousFinding } from './support/expectNoSeriousFinding.ts';

const PHONE = { width: 390, height: 844 };
const palette = () => page.getByRole('dialog', { name: 'Search' });
const field = () => page.getByRole('combobox', { name: 'Search for anything' });
const options = () => palette().getByRole('option');

/** An order that its customer did not get. */
async function missing(eventType: string, order: string): Promise<Failed> {
  await relay.api.postEvent({ eventType, payload: { order: 'another' } });
  return failOnce(eventType, { order, lines: [{ sku: 'a-1' }] });
}

const path = () => new URL(page.url()).pathname;

test('why a customer did not get an order is told two clicks from the overview', async () => {
  const { deliveryId } = await missing('search.mouse', 'order-4711');
  await signIn('/');
  await page.getByRole('button', { name: 'Search' }).click();
  await field().waitFor();
  await page.keyboard.type('order-4711');
  const hit = options().filter({ hasText: 'search.mouse: HTTP 500' });
  expect(await hit.locator('mark').textContent()).toBe('order-4711');
  await hit.click();
  await page.getByText('No further attempt is planned', { exact: true }).waitFor();
  expect(path()).toBe(`/deliveries/${deliveryId}`);
});

test('the same by the keyboard alone, without a wait for what is found', async () => {
  const { deliveryId } = await missing('search.keyboard', 'order-4712');
  await signIn('/');
  await page.keyboard.press('Control+k');
  await field().waitFor();
  await page.keyboard.type('order-4712');
  await page.keyboard.press('Enter');
  await page.getByText('No further attempt is planned', { exact: true }).waitFor();
  expect(path()).toBe(`/deliveries/${deliveryId}`);
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
});

test('an id that is pasted leads straight to what it is of', async () => {
  const { eventId, deliveryId, webhookId } = await failOnce('search.ids');
  await signIn('/audit');
  for (const [id, folder] of [
    [eventId, 'events'],
    [deliveryId, 'deliveries'],
    [webhookId, 'webhooks'],
  ] as const) {
    await page.keyboard.press('/');
    await field().waitFor();
    await page.keyboard.insertText(` ${id.toUpperCase()} `);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/${folder}/${id}`);
  }
});

test('the palette is moved through by the arrow keys, and gives the focus back', async () => {
  await missing('search.arrows', 'order-4714');
  await signIn('/webhooks');
  await page.getByRole('heading', { name: 'Webhooks' }).waitFor();
  await page.getByRole('button', { name: 'New webhook' }).focus();
  await page.keyboard.press('Control+k');
  await field().fill('order-4714');
  await options().filter({ hasText: 'search.arrows: HTTP 500' }).waitFor();
  const highlighted = async () =>
    page.evaluate<string>(
      `document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).innerText`,
    );
  expect(await highlighted()).toContain('HTTP 500');
  await page.keyboard.press('ArrowDown');
  expect(await highlighted()).not.toContain('HTTP 500');
  expect(await page.evaluate(`document.activeElement.getAttribute('role')`)).toBe('combobox');
  await page.keyboard.press('Escape');
  await palette().waitFor({ state: 'detached' });
  expect(await page.evaluate('document.activeElement.innerText')).toBe('New webhook');
});

test('without anything typed it has the pages, and what was found lately', async () => {
  const { eventId } = await failOnce('search.lately');
  await signIn('/');
  await page.keyboard.press('Control+k');
  await field().fill(eventId);
  await options().filter({ hasText: 'by its id' }).click();
  await page.waitForURL(`**/events/${eventId}`);
  await page.reload();
  await page.getByRole('heading', { name: 'search.lately' }).waitFor();
  await page.keyboard.press('Control+k');
  await palette().getByText('Found lately').waitFor();
  expect(await options().first().innerText()).toContain('search.lately');
  expect(await options().filter({ hasText: 'Webhooks' }).count()).toBe(1);
  await field().fill('audi');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/audit');
});

test('it says how far back it looked, and looks further until something is found', async () => {
  const { eventId } = await failOnce('search.further');
  const at = new Date(new Date().setHours(0, 5, 0, 0)).toISOString();
  const answers: SearchResult[] = [
    { data: [], lookedBackTo: at, isComplete: false, nextCursor: 'a' },
    { data: [], lookedBackTo: at, isComplete: false, nextCursor: 'b' },
  ];
  const asked: (string | null)[] = [];
  await signIn('/');
  await page.route('**/api/search?*', async (route) => {
    const url = new URL(route.request().url());
    asked.push(url.searchParams.get('cursor'));
    const answer = answers.shift();
    if (answer) return route.fulfill({ json: answer });
    return route.continue({ url: `${url.origin}/api/search?q=${eventId}` });
  });
  await page.keyboard.press('/');
  await field().fill('long ago');
  await palette().getByText('Nothing was found. Payloads were looked through back to 00:05 today.').waitFor();
  await page.keyboard.press('Enter');
  await palette().locator('[data-highlighted]', { hasText: 'by its id' }).waitFor();
  expect(asked).toEqual([null, 'a', 'b']);
});

test('single keys lead to pages, move in lists and list themselves, but not while something is typed', async () => {
  await failOnce('search.keys');
  await failOnce('search.keys.two');
  await signIn('/');
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page
    .getByRole('table', { name: 'Deliveries' })
    .getByRole('link', { name: 'search.keys.two' })
    .first()
    .waitFor();
  const focused = () => page.evaluate<string>('document.activeElement.innerText');
  await page.keyboard.press('j');
  expect(await focused()).toBe('search.keys.two');
  await page.keyboard.press('j');
  expect(await focused()).toBe('search.keys');
  await page.keyboard.press('k');
  expect(await focused()).toBe('search.keys.two');
  await page.keyboard.press('Enter');
  await page.getByText('No further attempt is planned', { exact: true }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.getByLabel('Event type').fill('g');
  await page.keyboard.type('w/?');
  expect([path(), await page.getByRole('dialog').count()]).toEqual(['/events', 0]);
  await page.getByRole('heading', { name: 'Events' }).click();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await help.getByText('Bulk work').waitFor();
  await expectNoSeriousFinding('shortcuts');
  await help.getByLabel('Single keys are shortcuts').uncheck();
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'detached' });
  await page.keyboard.press('/');
  await page.keyboard.press('Control+k');
  await field().waitFor();
  expect(await field().inputValue()).toBe('');
});

test('on a phone an icon opens it; it has no serious accessibility finding in any state', async () => {
  await missing('search.phone', 'order-4713');
  await signIn('/');
  for (const size of [{ width: 1440, height: 900 }, PHONE]) {
    await page.setViewportSize(size);
    await page.getByRole('button', { name: 'Search' }).click();
    await options().first().waitFor();
    await expectNoSeriousFinding(`search at ${size.width}`);
    await field().fill('order-4713');
    await options().filter({ hasText: 'HTTP 500' }).first().waitFor();
    await expectNoSeriousFinding(`hits at ${size.width}`);
    await field().fill('nothing of the kind');
    await palette().getByText('Nothing was found. Everything was looked through.').waitFor();
    await expectNoSeriousFinding(`nothing at ${size.width}`);
    await page.route('**/api/search?*', (route) => route.abort());
    await field().fill('away');
    await palette().getByText('Relay cannot be reached.').waitFor();
    await expectNoSeriousFinding(`an error at ${size.width}`);
    await page.unroute('**/api/search?*');
    await page.getByRole('button', { name: 'Close' }).click();
    await palette().waitFor({ state: 'detached' });
  }
});
