import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { generateSecret } from './secret.ts';
import { signatureHeaders } from './sign.ts';

describe('signatureHeaders', () => {
  it('gives the signature published with Standard Webhooks', () => {
    const headers = signatureHeaders({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: new Date(1614265330 * 1000),
      body: '{"test": 2432232314}',
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it.each([
    ['plain', '{"type":"job.done","data":{"id":1}}'],
    ['beyond ASCII', '{"name":"Zoë 🎉  "}'],
    ['numbers beyond 2^53', '{"id":12345678901234567890,"rate":1.10}'],
    ['empty object', '{}'],
  ])('is accepted by the standardwebhooks package: %s', (_, body) => {
    const secret = generateSecret();
    const headers = signatureHeaders({ id: 'evt_1', timestamp: new Date(), body, secrets: [secret] });
    expect(() => new Webhook(secret).verify(body, { ...headers })).not.toThrow();
    expect(() => new Webhook(secret).verify(`${body} `, { ...headers })).toThrow();
    expect(() => new Webhook(generateSecret()).verify(body, { ...headers })).toThrow();
  });

  it('can be verified with each live secret while a rotation overlaps', () => {
    const secrets = [generateSecret(), generateSecret(), generateSecret()];
    const headers = signatureHeaders({ id: 'evt_1', timestamp: new Date(), body: '{}', secrets });
    expect(headers['webhook-signature'].split(' ')).toHaveLength(3);
    for (const secret of secrets) expect(new Webhook(secret).verify('{}', { ...headers })).toEqual({});
  });

  it('is signed once with a secret that was rotated to itself', () => {
    const secret = generateSecret();
    const headers = signatureHeaders({ id: 'a', timestamp: new Date(), body: '', secrets: [secret, secret] });
    expect(headers['webhook-signature'].split(' ')).toHaveLength(1);
  });

  it('counts whole seconds, rounded down', () => {
    const headers = signatureHeaders({ id: 'a', timestamp: new Date(1999), body: '', secrets: [] });
    expect(headers['webhook-timestamp']).toBe('1');
  });
});
