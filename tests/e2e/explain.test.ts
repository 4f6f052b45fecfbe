import axe, { type AxeResults } from 'axe-core';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { answers, DESKTOP, failOnce, page, relay, signIn, url } from './support/dashboard.ts';

const PHONE = { width: 390, height: 844 };
const screenshots = process.env['SCREENSHOTS'];

async function expectNoFinding(): Promise<void> {
  await page.evaluate(axe.source);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [colorScheme, id, nodes[0]?.html])).toEqual([]);
  }
}

/** With a directory for it, what is shown is photographed at three widths in both themes. */
async function picture(name: string): Promise<void> {
  if (!screenshots) return;
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(250);
      await page.screenshot({ path: `${screenshots}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
  await page.setViewportSize(DESKTOP);
}

/** A delivery that has failed, and was retried with another answer. */
async function failedTwice(eventType: string) {
  const failed = await failOnce(eventType);
  answers.status = 503;
  await relay.api.retryDelivery(failed.deliveryId);
  await eventually(async () => {
    const { body } = await relay.api.getDelivery(failed.deliveryId);
    return body.attempts.length === 2 && body.status === 'failed';
  });
  return failed;
}

/** A webhook that Relay has disabled, by an answer of 410, and what came since. */
async function outage(eventType: string) {
  const webhook = await relay.api.createWebhook({ url, eventTypes: [eventType], name: eventType });
  answers.status = 410;
  await relay.api.postEvent({ eventType, payload: {} });
  await eventually(async () => !(await relay.api.getWebhook(webhook.id)).body.isActive);
  // Until the notice of it has come: what is posted before is still sent.
  await sleep(1000);
  await relay.api.postEvent({ eventType, payload: {} });
  await eventually(
    async () => (await relay.api.listDeliveries(`?webhookId=${webhook.id}&status=skipped`)).body.data[0],
  );
  answers.status = 200;
  return webhook;
}

describe('what is broken', () => {
  test('is the first sentence of the dashboard, on a phone without scrolling, with since when and how much', async () => {
    const webhook = await outage('explain.broken');
    await signIn('/webhooks');
    await page.setViewportSize(PHONE);
    await page.goto('/');
    const sentence = page.getByText(/^\d+ webhooks? (is|are) broken.* since \d\d:\d\d; deliveries: .*\d+ skipped\.$/);
    await sentence.waitFor();
    const box = await sentence.boundingBox();
    expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThan(PHONE.height);
    await page.setViewportSize(DESKTOP);
    await expectNoFinding();
    await picture('overview');
    await page
      .locator('.trouble li', { hasText: 'explain.broken' })
      .getByRole('link', { name: /skipped$/ })
      .click();
    await page.waitForURL(/deliveries\?/);
    const asked = new URL(page.url()).searchParams;
    expect([asked.get('webhookId'), asked.get('status')]).toEqual([webhook.id, 'skipped']);
  });

  test.each(['mouse', 'keyboard'])('is recovered in two steps from the dashboard, by %s', async (way) => {
    const webhook = await outage(`explain.recover.${way}`);
    await signIn('/');
    const row = page.locator('.trouble li', { hasText: webhook.name });
    const steps = [
      row.getByRole('link', { name: `Recover ${webhook.name}` }),
      page.getByRole('button', { name: /^Enable and recover 2/ }),
    ];
    for (const step of steps) {
      await step.waitFor();
      if (way === 'mouse') await step.click();
      else {
        // As Tab leads there.
        await step.focus();
        await page.keyboard.press('Enter');
      }
    }
    await eventually(async () => {
      const { body } = await relay.api.listDeliveries(`?webhookId=${webhook.id}&status=delivered`);
      return body.data.length === 2;
    });
  });
});

describe('a delivery explains itself', () => {
  test('in a sentence with what helps, its attempts compared, and the workflow’s steps when they are wanted', async () => {
    const { deliveryId } = await failedTwice('explain.story');
    await signIn(`/deliveries/${deliveryId}`);
    const story = page.getByRole('region', { name: 'What became of it' });
    await story.getByText(/^It failed: the endpoint answered HTTP 500 once, then answered HTTP 503 once\./).waitFor();
    await story.getByText(/its own log of that time/).waitFor();
    expect(await page.getByText('Workflow started').count()).toBe(0);
    await page.getByRole('button', { name: /^With the workflow’s \d+ steps$/ }).click();
    await page.getByText('Workflow started').first().waitFor();
    await picture('delivery');
    await page.getByRole('button', { name: 'Compare with another' }).click();
    const answer = page.getByRole('region', { name: 'Answer', exact: true });
    await answer.locator('del', { hasText: 'HTTP 500' }).first().waitFor();
    await answer.locator('ins', { hasText: 'HTTP 503' }).first().waitFor();
    await page.getByRole('region', { name: 'Response body' }).getByText('the same').waitFor();
    expect(new URL(page.url()).search).toBe('?attempt=2&with=1');
    await expectNoFinding();
    await picture('compare');
    await page.reload();
    await answer.waitFor();
    await page.getByRole('button', { name: 'Show one' }).click();
    await page.getByRole('heading', { name: 'Response to attempt 2' }).waitFor();
  });

  test('as a command whose signature is real, and which a shell can run', async () => {
    const { deliveryId, eventId } = await failOnce('explain.curl');
    await signIn(`/deliveries/${deliveryId}`);
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByLabel('The command', { exact: true }).waitFor();
    await expectNoFinding();
    await page.getByRole('button', { name: /^Copy the command/ }).click();
    await page.getByText('Copied').waitFor();
    const command = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(command).toContain(`webhook-id: ${eventId}`);
    expect(command).toMatch(/webhook-signature: v1,[A-Za-z0-9+/]{43}=/);
    const arguments_ = execFileSync('/bin/sh', ['-c', command.replace('curl', `printf '%s\\n'`)], { encoding: 'utf8' });
    expect(arguments_).toContain(url);
    await page.getByText('As it was sent', { exact: true }).click();
    await page.getByText(/time, URL and headers of attempt 1/).waitFor();
  });

  test('by being sent to another URL, which does not count for it', async () => {
    const { deliveryId, eventId } = await failOnce('explain.elsewhere');
    const receiver = createReceiver({ respond: () => ({ status: 202, body: 'seen there' }) });
    const { url: there } = await receiver.listen();
    try {
      await signIn(`/deliveries/${deliveryId}`);
      await page.getByRole('button', { name: 'Send to another URL' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('URL').fill('http://10.0.0.1/');
      await dialog.getByRole('button', { name: 'Send' }).click();
      await dialog.getByText(/is refused/).waitFor();
      await expectNoFinding();
      await dialog.getByLabel('URL').fill(there);
      await page.keyboard.press('Enter');
      await dialog.getByText('There: taken').waitFor();
      await dialog.getByText('seen there').waitFor();
      expect(receiver.received[0]?.headers['webhook-id']).toBe(eventId);
      expect((await relay.api.getDelivery(deliveryId)).body.attempts).toHaveLength(1);
    } finally {
      await receiver.close();
    }
  });

  test('beside the other deliveries of its event', async () => {
    const eventType = 'explain.siblings';
    for (const name of ['One of two', 'Two of two'])
      await relay.api.createWebhook({ url, eventTypes: [eventType], name });
    const { body: event } = await relay.api.postEvent({ eventType, payload: {} });
    const deliveries = await eventually(async () => {
      const { body } = await relay.api.getEvent(event.id);
      return body.status === 'delivered' && body.deliveries;
    });
    await signIn(`/deliveries/${deliveries[0]?.id}`);
    await page.getByText(/^Delivered at the first attempt/).waitFor();
    const others = page.getByRole('table', { name: 'Other deliveries of this event' });
    await others.getByRole('link', { name: eventType }).click();
    await page.waitForURL(`**/deliveries/${deliveries[1]?.id}`);
  });
});

describe('a chart', () => {
  test('leads to the deliveries of a bar, and of a longer time, by mouse and by keyboard', async () => {
    await failOnce('explain.chart');
    await signIn('/');
    await page.getByRole('button', { name: '1 h', exact: true }).click();
    const keys = page.getByRole('slider');
    await keys.waitFor();
    await page.locator('.chart canvas').waitFor();
    await keys.focus();
    await page.keyboard.press('Home');
    expect(await keys.getAttribute('aria-valuetext')).toMatch(/: 0 taken, 0 failed, 0 not sent$/);
    await page.keyboard.press('Shift+End');
    expect(await keys.getAttribute('aria-valuetext')).toMatch(/ to .*: \d+ taken, [1-9]\d* failed, \d+ not sent$/);
    await page.getByRole('button', { name: 'Deliveries made then' }).waitFor();
    await expectNoFinding();
    await keys.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/deliveries\?from=/);
    const [from, to] = ['from', 'to'].map((name) => Date.parse(new URL(page.url()).searchParams.get(name) ?? ''));
    await page.getByRole('link', { name: 'explain.chart' }).first().waitFor();

    await page.goBack();
    const over = page.locator('.chart .u-over');
    await over.waitFor();
    await sleep(300);
    const box = await over.boundingBox();
    if (!box) throw new Error('The chart has no place');
    const y = box.y + box.height / 2;
    await page.mouse.click(box.x + box.width - 4, y);
    await page.waitForURL(/deliveries\?from=/);
    const bar = ['from', 'to'].map((name) => Date.parse(new URL(page.url()).searchParams.get(name) ?? ''));
    expect((bar[1] ?? 0) - (bar[0] ?? 0)).toBeLessThan((to ?? 0) - (from ?? 0));

    await page.goBack();
    await over.waitFor();
    await sleep(300);
    await page.mouse.move(box.x + box.width / 2, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 4, y, { steps: 5 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'Deliveries made then' }).click();
    await page.waitForURL(/deliveries\?from=/);
    await page.getByRole('link', { name: 'explain.chart' }).first().waitFor();
  });
});

describe('a webhook', () => {
  test('shows what it was sent of late, what its numbers count, and until when two secrets sign', async () => {
    const { webhookId } = await failOnce('explain.webhook');
    await relay.api.call('POST', `/api/webhooks/${webhookId}/rotate-secret`, { overlapSeconds: 3600 });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await signIn('/webhooks');
    const row = page.getByRole('row', { name: /explain\.webhook/ });
    await row.getByRole('img', { name: /^Last 24 h: 0 taken, 1 failed$/ }).waitFor();
    expect(asked.filter((path) => path.endsWith('/stats/activity'))).toHaveLength(1);
    expect(asked.filter((path) => /webhooks\/[0-9a-f-]+\/stats$/.test(path))).toEqual([]);
    await picture('webhooks');
    await row.getByRole('link', { name: 'explain.webhook' }).click();
    await page.getByText(/^2 sign/).waitFor();
    await page.getByText(/^made .*, until /).waitFor();
    await page.getByRole('img', { name: 'Attempts, last 24 h: 0 taken, 1 failed, 0 not sent' }).waitFor();
    await page.getByRole('button', { name: '7 d' }).click();
    await page.getByRole('img', { name: 'Attempts, last 7 d: 0 taken, 1 failed, 0 not sent' }).waitFor();
    await expectNoFinding();
    await picture('webhook');
    await page.getByRole('link', { name: '1 failed' }).click();
    await page.waitForURL(`**/deliveries?webhookId=${webhookId}&status=failed`);
    await page.getByRole('link', { name: 'explain.webhook' }).first().waitFor();
  });
});
