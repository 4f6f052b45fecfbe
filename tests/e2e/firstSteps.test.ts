import { expect, test } from 'vitest';
import { expectNoSeriousFinding } from './support/expectNoSeriousFinding.ts';
import { page, signIn, url } from './support/dashboard.ts';

test('who begins with nothing is led by the dashboard to the first delivery, and then no more', async () => {
  await signIn('/');
  const steps = page.getByRole('region', { name: 'To the first delivery' });
  await steps.waitFor();
  await expectNoSeriousFinding('the first steps');
  await steps.getByRole('link', { name: 'New webhook' }).click();
  await page.getByLabel('Name', { exact: true }).fill('First of all');
  await page.getByLabel('URL', { exact: true }).fill(url);
  await page.getByLabel('Event types', { exact: true }).last().fill('first.*');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('heading', { name: 'First of all' }).waitFor();

  await page.goto('/');
  await steps.getByText('The webhook First of all is there').waitFor();
  await steps.getByRole('link', { name: 'Post an event' }).click();
  await page.getByLabel('Event type', { exact: true }).last().fill('first.made');
  await page.getByRole('button', { name: 'Post', exact: true }).click();
  await page.getByRole('heading', { name: 'first.made' }).waitFor();
  await page.locator('h1 .badge[data-status="delivered"]').waitFor();

  await page.goto('/');
  await page.getByText('Latest failures').waitFor();
  expect(await steps.count()).toBe(0);
});
