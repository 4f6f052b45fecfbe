import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { generateSecret } from '../activities/http/secret.ts';
import { readSeal, verifySignature } from './verifySignature.ts';

const secret = generateSecret();
const now = new Date('2026-11-23T10:00:00.500Z');
const body = '{"type":"job.done","data":{}}';

/** Signed by the independent library. */
const headersAt = (timestamp: Date, key = secret) => ({
  'webhook-id': 'evt_1',
  'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1000)),
  'webhook-signature': new Webhook(key).sign('evt_1', timestamp, body),
});
const minutes = (count: number) => new Date(now.getTime() + count * 60_000);
const signed = headersAt(now);

describe('verifySignature', () => {
  it('accepts what the standardwebhooks package signed', () => {
    expect(verifySignature(secret, signed, body, now)).toBe(true);
  });

  it('accepts the right signature among others', () => {
    const other = headersAt(now, generateSecret())['webhook-signature'];
    const headers = { ...signed, 'webhook-signature': `v2,x ${other} ${signed['webhook-signature']}` };
    expect(verifySignature(secret, headers, body, now)).toBe(true);
  });

  it.each([
    ['another body', signed, `${body} `],
    ['another id', { ...signed, 'webhook-id': 'evt_2' }, body],
    ['another time', { ...signed, 'webhook-timestamp': String(Number(signed['webhook-timestamp']) + 1) }, body],
    ['another secret', headersAt(now, generateSecret()), body],
    ['another version', { ...signed, 'webhook-signature': signed['webhook-signature'].replace('v1', 'v2') }, body],
    ['a signature cut short', { ...signed, 'webhook-signature': signed['webhook-signature'].slice(0, -1) }, body],
    ['letters beyond ASCII', { ...signed, 'webhook-signature': 'ü'.repeat(signed['webhook-signature'].length) }, body],
    ['no signature', { ...signed, 'webhook-signature': undefined }, body],
    ['no id', { ...signed, 'webhook-id': undefined }, body],
    ['no time', { ...signed, 'webhook-timestamp': undefined }, body],
    ['a time that is none', { ...signed, 'webhook-timestamp': 'now' }, body],
    ['an old time', headersAt(minutes(-6)), body],
    ['a time in the future', headersAt(minutes(6)), body],
  ])('refuses %s', (_, headers, text) => {
    expect(verifySignature(secret, headers, text, now)).toBe(false);
  });

  it.each([
    ['right', signed],
    ['other-secret', headersAt(now, generateSecret())],
    ['stale', headersAt(minutes(-6))],
    ['unsigned', { ...signed, 'webhook-signature': undefined }],
    ['forged', { ...signed, 'webhook-signature': 'v1,nonsense' }],
    ['forged', { ...signed, 'webhook-timestamp': 'now' }],
  ])('says when it is %s', (seal, headers) => {
    expect(readSeal(secret, headers, body, now)).toBe(seal);
  });

  it('allows for clocks that differ by minutes', () => {
    expect(verifySignature(secret, headersAt(minutes(-4)), body, now)).toBe(true);
    expect(verifySignature(secret, headersAt(minutes(4)), body, now)).toBe(true);
  });
});
