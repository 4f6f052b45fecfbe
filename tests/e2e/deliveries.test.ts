import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { answers, failOnce, page, relay, signIn, url } from './support/dashboard.ts';

describe('an operator', () => {
  test('finds why a delivery failed, and retries it', async () => {
    await failOnce('story.failed');
    await signIn('/deliveries');
    await page.getByRole('button', { name: 'Status: any' }).click();
    await page.getByLabel('failed', { exact: true }).check();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'story.failed' }).first().click();
    await page.getByText('the disk is full').first().waitFor();
    await page.getByText('http_status').first().waitFor();
    await page.getByText('Attempt 1', { exact: true }).waitFor();
    answers.status = 200;
    await page.getByRole('button', { name: 'Retry now' }).click();
    await page.locator('.badge[data-status="delivered"]').first().waitFor();
    await page.getByText('Attempt 2, by hand').waitFor();
  });

  test('retries everything that matches, after seeing how many that is', async () => {
    await failOnce('story.bulk');
    answers.status = 200;
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
    answers.status = 200;
    await signIn('/deliveries?eventType=story.ticked');
    await page
      .getByLabel(/^Select story.ticked/)
      .first()
      .check();
    await page.getByRole('button', { name: 'Retry 1 selected' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retry 1 selected' }).click();
    await page.getByText('1 to be sent again.').waitFor();
    await page.locator('tbody .badge[data-status="delivered"]').waitFor();
    expect(await page.locator('tbody .badge[data-status="failed"]').count()).toBe(1);
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

  test('is told when nothing matches, and clears the filters', async () => {
    await relay.api.postEvent({ eventType: 'story.filters', payload: {} });
    await signIn('/events?eventType=nobody.posts');
    await page.getByText('Nothing matches.').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await page.getByRole('link', { name: 'story.filters' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
  });
});
