import { expect, test } from 'vitest';
import { useWebhookForm } from './useWebhookForm.ts';

test('what is written in lines becomes lists and headers, and an empty pace is no limit', () => {
  const { form, body } = useWebhookForm(null);
  Object.assign(form, { name: 'Billing', url: ' https://example.com/ ', eventTypes: 'job.*\n\n user.created ' });
  form.headers = 'X-Team: billing\nAuthorization: Bearer a:b';
  expect(body()).toMatchObject({
    ...{ url: 'https://example.com/', eventTypes: ['job.*', 'user.created'], rateLimit: null },
    headers: { 'X-Team': 'billing', Authorization: 'Bearer a:b' },
  });
});

test('a client is named only for a new webhook, and only when one was given', () => {
  const { form, body } = useWebhookForm(null);
  expect(body()).not.toHaveProperty('clientId');
  form.clientId = 'acme';
  expect(body()).toMatchObject({ clientId: 'acme' });
});
