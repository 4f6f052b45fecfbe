import { describe, expect, it } from 'vitest';
import { buildHeaders, webhookHeaderProblem } from './requestHeaders.ts';

const signature = { 'webhook-id': 'evt_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,abc' };

describe('buildHeaders', () => {
  it('joins the webhook headers, in lower case, with those of the relay', () => {
    const webhookHeaders = { 'X-Tenant': 'a', Authorization: 'Bearer b' };
    expect(
      buildHeaders({
        webhookHeaders,
        contentType: 'application/json',
        signature,
        userAgent: 'Relay/1',
        traceparent: '00-1-2-01',
      }),
    ).toEqual({
      'x-tenant': 'a',
      authorization: 'Bearer b',
      'content-type': 'application/json',
      'user-agent': 'Relay/1',
      traceparent: '00-1-2-01',
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1',
      'webhook-signature': 'v1,abc',
    });
  });

  it('lets nothing stored override what the relay sets', () => {
    const webhookHeaders = { 'User-Agent': 'x', 'CONTENT-TYPE': 'text/plain', 'Webhook-Id': 'other' };
    const headers = buildHeaders({ webhookHeaders, contentType: 'application/json', signature, userAgent: 'Relay/1' });
    expect(headers).toEqual({ 'content-type': 'application/json', 'user-agent': 'Relay/1', ...signature });
  });
});

describe('webhookHeaderProblem', () => {
  it.each([
    ['X-Tenant', 'acme'],
    ['Authorization', 'Bearer abc.def-ghi'],
    ['accept', 'application/json'],
    ['cookie', 'a=1; b=2'],
    ['x-empty', ''],
    ['x-tab', 'a\tb'],
    ['x-latin', 'Zürich ÿ'],
    ["x!#$%&'*+-.^_`|~9", 'every token character'],
    ['x-webhook-id', 'not at the beginning'],
    ['x-content-type', 'not at the beginning'],
    ['x-long', 'v'.repeat(4096)],
    ['baggage', 'a=b'],
  ])('accepts %s', (name, value) => {
    expect(webhookHeaderProblem(name, value)).toBeNull();
  });

  it.each([
    'Connection',
    'HTTP2-Settings',
    'Keep-Alive',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
  ])('refuses the hop-by-hop header %s', (name) => {
    expect(webhookHeaderProblem(name, 'x')).toBe('is a hop-by-hop header');
  });

  it.each([
    'Host',
    'User-Agent',
    'Content-Type',
    'content-length',
    'Content-Anything',
    'Webhook-Id',
    'webhook-signature',
    'webhook-anything',
    'Expect',
    'traceparent',
    'tracestate',
  ])('refuses %s, which is for the relay to set', (name) => {
    expect(webhookHeaderProblem(name, 'x')).toBe('is set by Relay itself');
  });

  it.each(['', ' ', 'x y', 'x:', 'x\r\ny', 'x\n', 'ü', 'x(y)', 'x/y', 'x"y', 'x\0'])('refuses the name %j', (name) => {
    expect(webhookHeaderProblem(name, 'x')).toBe('is not a valid header name');
  });

  it.each(['a\r\nx-evil: 1', 'a\nb', 'a\rb', 'a\0b', 'a\x7fb', 'a\x1bb', 'a\x85b', 'smile 🙂', '€', 'a\n'])(
    'refuses the value %j',
    (value) => {
      expect(webhookHeaderProblem('x-a', value)).toMatch(/^has a value with line breaks/);
    },
  );

  it('refuses names and values that no receiver would take', () => {
    expect(webhookHeaderProblem('x'.repeat(257), 'x')).toMatch(/longer than 256/);
    expect(webhookHeaderProblem('x-a', 'v'.repeat(4097))).toMatch(/longer than 4096/);
  });
});
