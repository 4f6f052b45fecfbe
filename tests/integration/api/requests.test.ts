import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApiClient } from '../../support/apiClient.ts';
import { startTestApi, type TestApi } from './support.ts';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});

const event = '{"eventType":"a.b","payload":{"n":1}}';
const key = { 'x-api-key': 'admin-key' };

/** Posts an event as it is; fetch adds no Content-Type to bytes. */
async function post(body: Uint8Array | string | ReadableStream, headers: Record<string, string> = {}) {
  const options = { method: 'POST', headers: { ...key, ...headers }, body, duplex: 'half' as const };
  const response = await fetch(`${test.url}/api/events`, options);
  return { status: response.status, problem: (await response.json()) as Record<string, unknown> };
}

/** Sends bytes and answers with all that comes back until the server closes the connection. */
async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(test.url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

describe('every answer', () => {
  it('names the request by the id that came with it', async () => {
    const { headers, body } = await test.api.call('GET', '/api/nothing', undefined, { 'x-request-id': 'job-7.A_b' });
    expect(headers.get('x-request-id')).toBe('job-7.A_b');
    expect(body).toMatchObject({ requestId: 'job-7.A_b' });
  });

  it.each(['with blank', 'a'.repeat(129), 'x"y', ''])('gets a new id when the one that came is %j', async (id) => {
    const { headers } = await test.api.call('GET', '/healthz', undefined, { 'x-request-id': id });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('has problem details when it is an error, without a host, stack or SQL', async () => {
    const { status, headers, body } = await test.api.call('GET', '/api/events/00000000-0000-7000-8000-000000000000');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toEqual({
      type: 'urn:relay:problem:not_found',
      title: 'There is nothing here',
      status: 404,
      detail: 'There is no such event.',
      code: 'not_found',
      requestId: headers.get('x-request-id'),
    });
  });
});

describe('the key', () => {
  it.each([
    ['GET', '/api/events'],
    ['GET', '/api/nothing'],
    ['GET', '/api'],
    ['POST', '/api/events'],
    ['GET', '/api/events/not-an-id'],
    ['DELETE', '/api/events'],
    ['GET', '/api/events?limit=0'],
    ['GET', '/api/%zz'],
  ])('is asked for before anything else: %s %s', async (method, path) => {
    for (const wrong of [null, 'wrong', 'admin-key ,admin-key']) {
      const { status, body, headers } = await createApiClient(test.url, wrong).call(
        method,
        path,
        method === 'POST' ? '{' : undefined,
      );
      expect(status).toBe(401);
      expect(body).toMatchObject({ code: 'unauthorized' });
      expect(headers.get('www-authenticate')).toBeTruthy();
    }
  });

  it('is not asked for by what tells of health', async () => {
    expect((await createApiClient(test.url, null).call('GET', '/healthz')).status).toBe(200);
  });

  it.each([
    ['events:read', 'POST', '/api/events'],
    ['events:write', 'GET', '/api/events'],
    ['events:read', 'GET', '/api/webhooks'],
    ['webhooks:read', 'POST', '/api/webhooks'],
    ['webhooks:read', 'POST', '/api/webhooks/00000000-0000-7000-8000-000000000000/rotate-secret'],
    ['deliveries:read', 'POST', '/api/deliveries/not-an-id/retry'],
    ['webhooks:write', 'GET', '/api/deliveries'],
  ] as const)('with the scope %s does not cover %s %s', async (scope, method, path) => {
    const { status, body } = await test.as({ scopes: [scope] }).call(method, path, method === 'POST' ? '{' : undefined);
    expect([status, body]).toMatchObject([403, { code: 'forbidden' }]);
  });
});

describe('paths and methods', () => {
  it.each([
    ['/api/nothing', 404],
    ['/api', 404],
    ['/nothing', 404],
    ['/api/events/not-an-id', 404],
    ['/api/events/%zz', 404],
    ['/api/events/%00', 404],
    ['/api/events/..%2f..', 404],
    ['/API/events', 404],
    ['/api/events/', 200],
    ['/api/events?', 200],
  ])('GET %s is %i', async (path, expected) => {
    expect((await test.api.call('GET', path)).status).toBe(expected);
  });

  it('answers a method that a path does not take with those it takes', async () => {
    const { status, headers, body } = await test.api.call('PATCH', '/api/events');
    expect([status, headers.get('allow'), body]).toMatchObject([
      405,
      'GET, HEAD, OPTIONS, POST',
      { code: 'method_not_allowed' },
    ]);
  });

  it('answers OPTIONS with the methods and HEAD with no body', async () => {
    const options = await test.api.call('OPTIONS', '/api/webhooks/00000000-0000-7000-8000-000000000000');
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT']);
    // Not what `/api/deliveries/:id` would take.
    const action = await test.api.call('OPTIONS', '/api/deliveries/retry');
    expect([action.status, action.headers.get('allow')]).toEqual([204, 'OPTIONS, POST']);
    const head = await test.api.call('HEAD', '/api/events');
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(10);
  });
});

describe('query parameters', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1e400', 'limit'],
    ['limit=-1e400', 'limit'],
    ['limit=x', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=+10', 'limit'],
    ['limit=%2B10', 'limit'],
    ['limit=%2010', 'limit'],
    ['limit=10%0A', 'limit'],
    ['limit=010', 'limit'],
    ['limit=0x10', 'limit'],
    ['limit=10.', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['unknown=1', 'unknown'],
    ['__proto__=1', '__proto__'],
    ['constructor=1', 'constructor'],
    ['status=', 'status'],
    ['status=done', 'status'],
    ['clientId=', 'clientId'],
    ['clientId=a%00b', 'clientId'],
    ['cursor=', 'cursor'],
    ['cursor=nonsense', 'cursor'],
    ['from=yesterday', 'from'],
    ['from=2026-01-01', 'from'],
    ['from=2026-02-30T00:00:00Z', 'from'],
    ['from=2026-12-31T23:59:60Z', 'from'],
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'to'],
    ['clientId=%zz', '%zz'],
    ['clientId=%ff', '%ff'],
  ])('?%s is refused with its name', async (query, path) => {
    const { status, body } = await test.api.call('GET', `/api/events?${query}`);
    expect([status, body]).toMatchObject([400, { code: 'validation_failed', errors: [{ path }] }]);
  });

  it('name the values that are allowed', async () => {
    const { body } = await test.api.call<{ detail: string }>('GET', '/api/events?status=done');
    expect(body.detail).toBe('status must be one of pending, delivered, failed, skipped, unmatched');
  });

  it.each([
    '/api/deliveries?eventId=x',
    '/api/deliveries?eventId=urn:uuid:0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10',
    '/api/deliveries?httpStatus=99',
    '/api/webhooks?isActive=1',
    '/api/webhooks?q=%00',
    '/api/webhooks?q=',
    '/api/webhooks/stats',
    '/api/deliveries/stats/summary?limit=1',
  ])('%s is refused', async (path) => {
    expect((await test.api.call('GET', path)).status).toBeGreaterThanOrEqual(400);
    expect((await test.api.call('GET', path)).status).toBeLessThan(500);
  });
});

describe('a body', () => {
  it.each([
    'application/json',
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    'nonsense',
    'application/json; charset=utf-16',
  ])('is read as JSON when its Content-Type is %s', async (type) => {
    expect((await post(event, { 'content-type': type })).status).toBe(202);
  });

  it('is read as JSON when it has no Content-Type', async () => {
    expect((await post(Buffer.from(event))).status).toBe(202);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'eventType=a'],
    ['an open object', '{"eventType":"a"'],
    ['two values', '{} {}'],
    [
      'bytes that are not UTF-8',
      Buffer.from([...Buffer.from('{"eventType":"'), 0xff, ...Buffer.from('","payload":{}}')]),
    ],
    [
      'an overlong encoding',
      Buffer.from([...Buffer.from('{"eventType":"a","payload":{"b":"'), 0xc0, 0xaf, ...Buffer.from('"}}')]),
    ],
    ['UTF-16', Buffer.from(event, 'utf16le')],
  ])('with %s is a 400', async (_, body) => {
    expect(await post(body)).toMatchObject({ status: 400, problem: { code: 'invalid_json' } });
  });

  it('may begin with a byte order mark', async () => {
    expect((await post(Buffer.from(`\uFEFF${event}`))).status).toBe(202);
  });

  it('keeps characters outside of ASCII', async () => {
    const payload = '{"text":"Zoë 日本 😀"}';
    const { problem } = await post(`{"eventType":"a","payload":${payload}}`);
    expect(problem).toMatchObject({ payload: JSON.parse(payload) as object });
  });

  it.each([
    ['repeated names', '{"eventType":"a","eventType":"b","payload":{}}', '/eventType'],
    ['repeated names within the payload', '{"eventType":"a","payload":{"x":{"y":1,"y":1}}}', '/payload/x/y'],
    ['65 levels', `{"eventType":"a","payload":${'{"a":'.repeat(64)}1${'}'.repeat(65)}`, `/payload${'/a'.repeat(63)}`],
    ['an array', '[]', ''],
    ['a text', '"x"', ''],
    ['null', 'null', ''],
    ['an unknown member', '{"eventType":"a","payload":{},"type":"x"}', '/type'],
    [
      'an unknown member of a hostile name',
      '{"eventType":"a","payload":{},"__proto__":{"clientId":"x"}}',
      '/__proto__',
    ],
    ['a payload that is an array', '{"eventType":"a","payload":[]}', '/payload'],
    ['a payload that is null', '{"eventType":"a","payload":null}', '/payload'],
    ['no payload', '{"eventType":"a"}', '/payload'],
    ['an ill-formed type', '{"eventType":"a..b","payload":{}}', '/eventType'],
    ['a type of 129 characters', `{"eventType":"${'a'.repeat(129)}","payload":{}}`, '/eventType'],
    ['an empty key', '{"eventType":"a","payload":{},"idempotencyKey":""}', '/idempotencyKey'],
    ['a key with a blank', '{"eventType":"a","payload":{},"idempotencyKey":"a b"}', '/idempotencyKey'],
    ['an ill-formed client', '{"eventType":"a","payload":{},"clientId":"a/b"}', '/clientId'],
  ])('with %s is refused with its place', async (_, body, path) => {
    expect(await post(body)).toMatchObject({ status: 400, problem: { code: 'validation_failed', errors: [{ path }] } });
  });

  it('with 64 levels is taken', async () => {
    expect((await post(`{"eventType":"a","payload":${'{"a":'.repeat(62)}{}${'}'.repeat(63)}`)).status).toBe(202);
  });

  it('tells of everything that is wrong at once', async () => {
    const { problem } = await post('{"eventType":"","clientId":"!","more":1}');
    const paths = (problem['errors'] as { path: string }[]).map(({ path }) => path);
    expect(paths.sort()).toEqual(['/clientId', '/eventType', '/more', '/payload']);
  });
});

describe('a large body', () => {
  const eventOf = (bytes: number) => {
    const start = '{"eventType":"a","payload":{"x":"';
    return `${start}${'x'.repeat(bytes - start.length - 3)}"}}`;
  };
  const chunked = (text: string) =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < text.length; at += 10_000) controller.enqueue(Buffer.from(text.slice(at, at + 10_000)));
        controller.close();
      },
    });

  it('is taken up to 256 KiB', async () => {
    expect((await post(eventOf(262_144))).status).toBe(202);
    expect((await post(chunked(eventOf(262_144)))).status).toBe(202);
  });

  it('is refused above, with its length told or not, however large', async () => {
    for (const size of [262_145, 300_000, 5_000_000]) {
      expect(await post(eventOf(size))).toMatchObject({ status: 413, problem: { code: 'payload_too_large' } });
      expect(await post(chunked(eventOf(size)))).toMatchObject({ status: 413, problem: { code: 'payload_too_large' } });
    }
  });

  it('ends its connection when it is refused before it has come, after the answer', async () => {
    for (const [sent, status] of [
      [`X-API-Key: admin-key\r\nContent-Length: 300000\r\n\r\n${eventOf(300_000)}`, 413],
      [`X-API-Key: wrong\r\nContent-Length: 300000\r\n\r\n${eventOf(300_000)}`, 401],
    ] as const) {
      const answer = await raw(`POST /api/events HTTP/1.1\r\nHost: x\r\n${sent}`);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*\r\nConnection: close\r\n`, 's'));
      expect(answer).toMatch(/"requestId":"[^"]+"\}$/);
    }
  });

  it('is at most 4 KiB where anybody may send one', async () => {
    const body = JSON.stringify({ key: 'x'.repeat(5000) });
    expect((await createApiClient(test.url, null).call('POST', '/api/session', body)).status).toBe(413);
  });

  it('is answered when its sender has closed its side', async () => {
    const socket = connect(Number(new URL(test.url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    const head = `POST /api/events HTTP/1.1\r\nHost: x\r\nX-API-Key: admin-key\r\nContent-Length: ${event.length}\r\n\r\n`;
    socket.end(head + event);
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 202 /);
  });

  it('may be compressed, and is measured as it is after that', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    expect((await post(gzipSync(event), gzip)).status).toBe(202);
    expect((await post(gzipSync(eventOf(2_000_000)), gzip)).status).toBe(413);
    expect((await post(Buffer.from(event), gzip)).status).toBe(400);
    expect((await post(gzipSync(event).subarray(0, 20), gzip)).status).toBe(400);
    expect((await post(Buffer.from(event), { 'content-encoding': 'zstd' })).status).toBe(415);
    for (const name of ['GZIP', 'x-gzip']) {
      expect((await post(gzipSync(event), { 'content-encoding': name })).status).toBe(202);
    }
    expect((await post(Buffer.from(event), { 'content-encoding': 'Identity' })).status).toBe(202);
  });

  it('may break off without harm', async () => {
    for (const encoding of ['', 'Content-Encoding: gzip\r\n']) {
      const socket = connect(Number(new URL(test.url).port), '127.0.0.1');
      socket.write(
        `POST /api/events HTTP/1.1\r\nHost: x\r\nX-API-Key: admin-key\r\n${encoding}Content-Length: 100\r\n\r\n{"ev`,
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
    }
    expect((await post(event)).status).toBe(202);
  });
});
