import { afterAll, describe, expect, test } from 'vitest';
import type { SessionLink } from '../../contract/access.ts';
import type { WebhookWithSecret } from '../../contract/webhooks.ts';
import { eventually } from '../support/eventually.ts';
import { openIdEnvironment, startOpenIdProvider } from '../support/openIdProvider.ts';
import { startTestRelay } from '../support/testRelay.ts';
import { answers, KEY, page, relay, url } from './support/dashboard.ts';

const ONCE = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };
const nav = () => page.getByRole('navigation', { name: 'Pages', exact: true });

describe('a person', async () => {
  const provider = await startOpenIdProvider({ ada: { name: 'Ada Lovelace', groups: ['admins'] } });
  afterAll(() => provider.close());

  test('signs in by the provider, acts by the own name, and signs out of both', async () => {
    const roles = { admins: { scopes: ['admin'] }, acme: { scopes: ['webhooks:read'], clientId: 'acme' } };
    const people = await startTestRelay(openIdEnvironment(provider.issuer, roles));
    provider.register(people.url);
    await page.goto(`${people.url}/event-types`);
    await page.getByRole('link', { name: `Continue with ${new URL(provider.issuer).host}` }).click();
    await page.locator('input[name=login]').fill('ada');
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.getByRole('heading', { name: 'Event types' }).waitFor();
    await page.getByText('Ada Lovelace · admins').waitFor();
    await page.getByRole('button', { name: 'New event type' }).click();
    await page.getByLabel('Name', { exact: true }).fill('person.moved');
    await page.getByLabel('Erase payloads as soon as they are delivered').check();
    await page.getByLabel('Days that payloads are kept').fill('30');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('until delivered, at most 30 days').waitFor();
    await nav().getByRole('link', { name: 'Audit' }).click();
    const made = page.getByRole('row').filter({ hasText: 'event_type.created' });
    await made.getByText('Ada Lovelace').waitFor();
    await nav().getByRole('link', { name: 'Roles' }).click();
    await page.getByRole('table', { name: 'Roles of people' }).getByText('acme').first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: /Yes/ }).click();
    await page.getByLabel('API key').waitFor();
    expect(new URL(page.url()).origin).toBe(people.url);
    await page.goto(`${people.url}/audit`);
    await page.getByLabel('API key').waitFor();
  });

  test('is told by the page when the provider is away, and gets in with a key', async () => {
    const people = await startTestRelay(openIdEnvironment(provider.issuer, { admins: ['admin'] }));
    await provider.setAway(true);
    await page.goto(`${people.url}/events?status=failed`);
    await page.getByRole('link', { name: /Continue with/ }).click();
    await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();
    await page.getByLabel('API key').fill(KEY);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Events' }).waitFor();
    expect(new URL(page.url()).search).toBe('?status=failed');
    await provider.setAway(false);
  });
});

describe('a receiving team that opens its link', () => {
  async function openLink(scopes: string[]): Promise<{ mine: WebhookWithSecret }> {
    answers.status = 500;
    const settings = { url, eventTypes: ['visit.seen'], retryPolicy: ONCE };
    const mine = await relay.api.createWebhook({ ...settings, clientId: 'acme', name: 'Acme orders' });
    await relay.api.createWebhook({ ...settings, clientId: 'other', name: 'Not theirs' });
    for (const clientId of ['acme', 'other']) {
      const { body } = await relay.api.postEvent({ eventType: 'visit.seen', payload: { for: clientId }, clientId });
      await eventually(async () => (await relay.api.getEvent(body.id)).body.status === 'failed');
    }
    const link = { clientId: 'acme', scopes, expiresInSeconds: 600 };
    const { body } = await relay.api.call<SessionLink>('POST', '/api/session-links', link);
    await page.goto(body.url);
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
    return { mine };
  }

  test('finds what failed, and rotates its secret', async () => {
    const { mine } = await openLink(['webhooks:read', 'webhooks:write', 'deliveries:read', 'events:read']);
    await page.getByText('What is delivered to acme').waitFor();
    await page.getByRole('link', { name: 'All failed' }).click();
    await page.getByRole('link', { name: 'visit.seen' }).click();
    await page.getByText('the disk is full').first().waitFor();
    await page.getByText('Attempt 1', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Acme orders' }).click();
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
    const secret = await page.getByText(/^whsec_/).textContent();
    expect(secret).not.toBe(mine.secret);
  });

  test('sees only what is its own, in words that are of use to it', async () => {
    await openLink(['webhooks:read', 'deliveries:read', 'events:read']);
    await page.getByText('You see what belongs to acme.').waitFor();
    const pages = await nav().getByRole('link').allTextContents();
    expect(pages.map((name) => name.trim())).toEqual(
      expect.not.arrayContaining(['API keys', 'Roles', 'Audit']) as string[],
    );
    const shown = async () => (await page.locator('main').textContent()) ?? '';
    expect(await shown()).not.toMatch(/PostgreSQL|Temporal|Workers|Not theirs/);
    for (const name of ['Webhooks', 'Deliveries', 'Events'] as const) {
      await nav().getByRole('link', { name, exact: true }).click();
      await page.getByRole('table', { name }).waitFor();
      expect(await shown()).not.toMatch(/Client|Not theirs/);
      expect(await page.getByRole('row').filter({ hasText: 'other' }).count()).toBe(0);
    }
    await page.getByRole('link', { name: 'visit.seen' }).first().click();
    await page.getByRole('heading', { name: 'Payload' }).waitFor();
    await page.getByRole('link', { name: 'visit.seen' }).first().click();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    expect(await shown()).not.toMatch(/Temporal|Workflow|Client/);
    expect(await page.getByRole('button', { name: /Retry|Cancel/ }).count()).toBe(0);
  });
});
