import { describe, expect, test } from 'vitest';
import { failOnce, KEY, page, relay, signIn, url } from './support/dashboard.ts';

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

  test('disables an endpoint, and recovers what it missed', async () => {
    const webhook = await relay.api.createWebhook({ url, eventTypes: ['story.missed'], name: 'Ledger' });
    await signIn(`/webhooks/${webhook.id}`);
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByText('Disabled by an operator').waitFor();
    const { body: event } = await relay.api.postEvent({ eventType: 'story.missed', payload: {} });
    expect(event.status).toBe('skipped');
    await page.getByText(/^Missed since .*: 1 skipped$/).waitFor();
    await page.getByRole('button', { name: 'Enable and recover 1' }).click();
    await page.getByText('1 delivered, 0 failed of 1').waitFor();
    await page.getByText(/^Missed since/).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Open' }).click();
    await page.getByText('1 of 1 recovered').waitFor();
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
    await page.getByRole('link', { name: 'order.paid', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('cell', { name: 'event_type.created' }).waitFor();
    await page.getByRole('cell', { name: 'key.created' }).waitFor();
  });

  test('finds out who wants an event type, also by a prefix', async () => {
    await relay.api.call('POST', '/api/event-types', { name: 'catalogue.entry', description: 'Listed' });
    await relay.api.createWebhook({ url, eventTypes: ['catalogue.*'], name: 'Librarian' });
    await relay.api.createWebhook({ url, eventTypes: ['story.other'], name: 'Somebody else' });
    await signIn('/event-types');
    await page.getByRole('link', { name: 'Webhooks that want catalogue.entry' }).click();
    await page.getByRole('link', { name: 'Librarian', exact: true }).waitFor();
    expect(await page.getByText('Somebody else').count()).toBe(0);
  });

  test('gets only what the key may do', async () => {
    const { body } = await relay.api.call<{ key: string }>('POST', '/api/keys', {
      name: 'Reader',
      scopes: ['deliveries:read', 'webhooks:read'],
    });
    await failOnce('story.reader');
    await signIn('/deliveries', body.key);
    await page.getByRole('link', { name: 'story.reader' }).first().waitFor();
    expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /Retry/ }).count()).toBe(0);
  });
});
