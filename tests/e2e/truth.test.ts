import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { failOnce, page, relay, signIn, url } from './support/dashboard.ts';

/** A webhook that somebody has disabled, and an event that it was to have. */
async function missed(eventType: string) {
  const webhook = await relay.api.createWebhook({ url, eventTypes: [eventType], name: eventType, isActive: false });
  const { body: event } = await relay.api.postEvent({ eventType, payload: {} });
  return { webhook, event };
}

describe('the dashboard', () => {
  test('names what people have disabled apart and calmly, and leads to its recovery', async () => {
    await missed('truth.trouble');
    await signIn('/');
    const card = page.locator('.trouble');
    const row = card.locator('li', { hasText: 'truth.trouble' });
    await card.getByText(/not active, as somebody wanted it$/).click();
    await row.getByText(/^Created inactive, since .*; 1 skipped$/).waitFor();
    await card.getByText('Nothing is broken: every webhook takes what it is sent.').waitFor();
    await page.getByRole('img', { name: /^Attempts, last .* not sent$/ }).waitFor();
    await row.getByRole('link', { name: 'truth.trouble' }).click();
    await page.getByRole('button', { name: 'Enable and recover 1' }).waitFor();
    await page.goto('/webhooks?trouble=inactive');
    await page.getByRole('link', { name: 'truth.trouble' }).waitFor();
  });

  test('says of what was not sent why, and blames nobody else', async () => {
    const { event } = await missed('truth.skipped');
    const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
    await signIn(`/deliveries/${delivery?.id}`);
    await page.getByText(/truth\.skipped is not active since .*\(Created inactive\)/).waitFor();
    await page.getByText('Nothing has been sent, and no workflow was begun.').waitFor();
    expect(await page.getByText('Temporal could not be asked').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Open in Temporal' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Retry now' }).count()).toBe(0);
  });

  test('shows what an attempt sent, not what its webhook has become', async () => {
    const { webhookId, deliveryId } = await failOnce('truth.sent');
    await relay.api.call('PATCH', `/api/webhooks/${webhookId}`, { url: `${url}elsewhere` });
    await signIn(`/deliveries/${deliveryId}`);
    await page.getByText('As it was sent to 127.0.0.1.').waitFor();
    expect(await page.locator('.request-line code').textContent()).toBe(url);
    await page.getByText('No further attempt is planned', { exact: true }).waitFor();
  });

  test('is alive in each of eight tabs, by one connection', async () => {
    const streams: string[] = [];
    page.context().on('request', (request) => {
      if (request.url().endsWith('/api/stream')) streams.push(request.url());
    });
    await signIn('/events');
    const tabs = [page];
    for (let n = 1; n < 8; n++) {
      const tab = await page.context().newPage();
      await tab.goto('/events');
      tabs.push(tab);
    }
    for (const tab of tabs) await tab.getByText('Live', { exact: true }).waitFor();
    expect(streams.length).toBe(1);
    await relay.api.postEvent({ eventType: 'truth.tabs', payload: {} });
    for (const tab of tabs) {
      await tab.bringToFront();
      await tab.getByRole('link', { name: 'truth.tabs' }).waitFor();
    }
    await page.close();
    const [, next] = tabs;
    await next?.bringToFront();
    await relay.api.postEvent({ eventType: 'truth.next', payload: {} });
    await next?.getByRole('link', { name: 'truth.next' }).waitFor();
  });

  test('shows what is read more slowly than things happen', async () => {
    await relay.api.postEvent({ eventType: 'truth.slow', payload: {} });
    await page.route(/\/api\/(events\?|deliveries\/stats)/, async (route) => {
      await sleep(2500);
      await route.continue();
    });
    let isOver = false;
    const happening = (async () => {
      while (!isOver) {
        await relay.api.postEvent({ eventType: 'truth.slow', payload: {} });
        await sleep(300);
      }
    })();
    try {
      await signIn('/events');
      await page.getByRole('link', { name: 'truth.slow' }).first().waitFor();
      await page.goto('/');
      await page.locator('.tile .figure', { hasText: /\d/ }).first().waitFor();
      await page.locator('.chart canvas').waitFor();
    } finally {
      isOver = true;
      await happening;
    }
  });

  test('keeps what was typed, and shows a secret until somebody has kept it', async () => {
    await signIn('/webhooks');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Half written');
    await page.mouse.click(5, 5);
    expect(await page.getByRole('dialog').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('heading', { name: 'Audit' }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByText('What you had typed is here again.').waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Half written');
    await page.getByLabel('URL', { exact: true }).fill(url);
    await page.getByRole('button', { name: 'Create' }).click();
    const secret = page.getByText(/^whsec_/);
    await secret.waitFor();
    await page.keyboard.press('Escape');
    await page.mouse.click(5, 5);
    await page.goBack();
    await page.getByText('keep it first').waitFor();
    expect(await secret.count()).toBe(1);
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('heading', { name: 'Half written' }).waitFor();
    await page.getByRole('link', { name: 'Webhooks', exact: true }).first().click();
    await page.getByRole('button', { name: 'New webhook' }).click();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('');
  });

  test('prints a payload of 220 kB as text', async () => {
    const lines = Array.from({ length: 5000 }, (_, n) => ({ sku: `item-${n}`, quantity: n, price: 1 }));
    const { body: event } = await relay.api.postEvent({ eventType: 'truth.large', payload: { lines } });
    await signIn(`/events/${event.id}`);
    await page.getByRole('button', { name: 'Text' }).click();
    await page.locator('pre', { hasText: '"item-4999"' }).waitFor();
    expect(await page.locator('pre').textContent()).toBe(JSON.stringify({ lines }, null, 2));
    await page.getByRole('button', { name: 'Tree' }).click();
    await page.getByRole('button', { name: 'Expand all' }).click();
    await page.getByRole('button', { name: 'Show more of 5000' }).waitFor();
  });

  test('loads a page anew whose program has another name since a deploy, and says so when that does not help', async () => {
    await signIn('/');
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
    await page.route('**/assets/AuditView-*.js', (route) => route.fulfill({ status: 404 }));
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByText('The page could not be loaded.').waitFor();
    await page.unroute('**/assets/AuditView-*.js');
  });

  test('keeps bulk work in view after a reload, and tells what came of it', async () => {
    await failOnce('truth.bulk');
    const filter = { eventType: 'truth.bulk' };
    const { body } = await relay.api.call<{ id: string }>('POST', '/api/deliveries/retry', { filter });
    await signIn('/batches');
    const row = page.locator('tbody tr').first();
    await row.getByText('0 of 1 delivered, 1 left behind').waitFor();
    await row.getByRole('link', { name: 'Bulk retry' }).click();
    await page.getByText('HTTP 500').waitFor();
    expect(new URL(page.url()).pathname).toBe(`/batches/${body.id}`);
  });
});
