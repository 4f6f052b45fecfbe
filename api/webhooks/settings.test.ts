import { expect, test } from 'vitest';
import { DEFAULT_RETRY_POLICY } from '../../contract/retrySchedule.ts';
import { patchedSettings, shownSettings, wholeSettings } from './settings.ts';

const given = { name: 'Billing', url: 'https://example.com/', eventTypes: ['*'] };
const stored = {
  ...wholeSettings(given),
  headers: { Authorization: 'Bearer a', 'X-Team': 'billing' },
  rateLimit: { perSecond: 5 },
};

test('what is left out of a new webhook has its default', () => {
  expect(wholeSettings({ ...given, retryPolicy: { maximumAttempts: 3 } })).toEqual({
    ...given,
    externalId: null,
    headers: {},
    isActive: true,
    filter: null,
    format: 'standard',
    signatures: [],
    asymmetric: false,
    auth: null,
    tls: null,
    contact: null,
    rateLimit: null,
    ordering: null,
    timeoutMs: 15_000,
    retryPolicy: { ...DEFAULT_RETRY_POLICY, maximumAttempts: 3 },
  });
});

test('what is left out of a replacement has its default, and a masked value stays what it is', () => {
  const whole = wholeSettings({ ...given, headers: { authorization: '********' } }, stored);
  expect(whole).toEqual({ ...wholeSettings(given), headers: { authorization: 'Bearer a' } });
});

test('what is left out of a change stays, and a masked value too', () => {
  expect(patchedSettings({ isActive: false }, stored)).toEqual({ ...stored, isActive: false });
  expect(patchedSettings({ rateLimit: null }, stored).rateLimit).toBeNull();
  expect(patchedSettings({ headers: shownSettings(stored).headers }, stored)).toEqual(stored);
  const { retryPolicy } = patchedSettings({ retryPolicy: { maximumAttempts: 1 } }, stored);
  expect(retryPolicy).toEqual({ ...DEFAULT_RETRY_POLICY, maximumAttempts: 1 });
});

test('what is hidden is kept for the origin that it was given for, and forgotten with another', () => {
  const elsewhere = 'https://example.org/';
  const visible = { 'X-Team': 'billing' };
  expect(patchedSettings({ url: 'https://example.com/another?path' }, stored).headers).toEqual(stored.headers);
  for (const url of [
    elsewhere,
    'http://example.com/',
    'https://example.com:444/',
    'https://a.example.com/',
    'broken',
  ]) {
    expect(patchedSettings({ url }, stored).headers).toEqual(visible);
  }
  const masked = shownSettings(stored).headers;
  expect(patchedSettings({ url: elsewhere, headers: masked }, stored).headers).toEqual(visible);
  expect(wholeSettings({ ...given, url: elsewhere, headers: masked }, stored).headers).toEqual(visible);
  const anew = { ...visible, authorization: 'Bearer b' };
  expect(patchedSettings({ url: elsewhere, headers: anew }, stored).headers).toEqual(anew);
});

test('the settings are shown without what is secret in them', () => {
  expect(shownSettings(stored)).toEqual({
    ...stored,
    headers: { Authorization: '********', 'X-Team': 'billing' },
  });
});
