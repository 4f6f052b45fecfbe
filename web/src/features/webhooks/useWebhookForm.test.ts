import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SIGNATURE_PRESETS } from '#contract/signatures.ts';
import { DEFAULT_SETTINGS } from '#contract/webhookSettings.ts';
import { FIELDS, useWebhookForm } from './useWebhookForm.ts';

test('what is written in lines becomes lists and headers, and an empty pace is no limit', () => {
  const { form, body } = useWebhookForm(null);
  Object.assign(form, { name: 'Billing', url: ' https://example.com/ ', eventTypes: 'job.*\n\n user.created ' });
  form.headers = 'X-Team: billing\nAuthorization: Bearer a:b';
  expect(body()).toMatchObject({
    url: 'https://example.com/',
    eventTypes: ['job.*', 'user.created'],
    rateLimit: null,
    headers: { 'X-Team': 'billing', Authorization: 'Bearer a:b' },
  });
});

test('a client is named only for a new webhook, and only when one was given', () => {
  const { form, body } = useWebhookForm(null);
  expect(body()).not.toHaveProperty('clientId');
  form.clientId = 'acme';
  expect(body()).toMatchObject({ clientId: 'acme' });
});

test('what was read and not touched is sent back as it was', () => {
  const { isActive: _, ...defaults } = DEFAULT_SETTINGS;
  const settings = {
    ...defaults,
    name: 'Billing',
    url: 'https://example.com/',
    eventTypes: ['job.*', 'user.created'],
    timeoutMs: 2000,
    headers: { 'X-Team': 'billing', Authorization: '********' },
    rateLimit: { perSecond: 0.5 },
    ordering: { onFailure: 'block' as const },
    auth: { type: 'basic' as const, username: 'relay', password: '********' },
    tls: { ca: '-----BEGIN CERTIFICATE-----\n' },
    signatures: [{ ...SIGNATURE_PRESETS.github, secret: '********', until: null }],
    retryPolicy: { initialIntervalMs: 100, backoffCoefficient: 1, maximumIntervalMs: 100, maximumAttempts: 1 },
  };
  const webhook = {
    ...settings,
    id: 'x',
    clientId: 'acme',
    isActive: false,
    publicKey: null,
    disabledReason: null,
    disabledAt: null,
    consecutiveFailures: 0,
    health: { state: 'healthy' as const, since: null, nextTrialAt: null, heldCount: 0, lastError: null },
    createdAt: '2026-01-31T12:00:00.000Z',
    updatedAt: '2026-01-31T12:00:00.000Z',
  };
  const unset = { scheduleMs: null, neverRetry: [] };
  expect(useWebhookForm(webhook).body()).toEqual({ ...settings, retryPolicy: { ...settings.retryPolicy, ...unset } });
  const retryPolicy = { ...settings.retryPolicy, scheduleMs: [5000, 60_000], neverRetry: [400], maximumAttempts: 3 };
  expect(useWebhookForm({ ...webhook, retryPolicy }).body()).toEqual({ ...settings, retryPolicy });
});

test('every setting that the form sends has a control that shows what is wrong with it', () => {
  const template = readFileSync(new URL('WebhookForm.vue', import.meta.url), 'utf8');
  const missing = FIELDS.filter((name) => !new RegExp(`path="${name}["/]`).test(template));
  expect(missing).toEqual([]);
});
