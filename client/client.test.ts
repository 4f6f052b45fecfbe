import { describe, expect, it } from 'vitest';
import type { Problem } from '../contract/problem.ts';
import { describeApi } from '../api/openapi/describeApi.ts';
import { isReference } from '../api/openapi/document.ts';
import { routes } from '../api/routes.ts';
import { createRelayClient, everyRow, RelayProblem, UnexpectedAnswer } from './index.ts';

/** A client whose calls are kept and all answered alike. */
function clientOf(answer: () => Response) {
  const requests: Request[] = [];
  const fetch = (input: string | URL | Request, init?: RequestInit) => {
    requests.push(new Request(input, init));
    return Promise.resolve(answer());
  };
  return { relay: createRelayClient({ baseUrl: 'http://relay.test/', apiKey: 'key', fetch, retries: 0 }), requests };
}
const json = (body: unknown, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const page = (data: unknown[], nextCursor: string | null) =>
  json({ data, pagination: { limit: 20, nextCursor, hasMore: nextCursor !== null } });

const problem: Problem = {
  type: 'urn:relay:problem:rate_limited',
  title: 'Too many requests',
  status: 429,
  code: 'rate_limited',
  detail: 'At most 100 in a minute.',
  requestId: 'r-1',
};

const operations = Object.entries(describeApi(routes).paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(() => path.startsWith('/api/'))
    .filter(([, { responses }]) => {
      const [answer] = Object.values(responses);
      if (!answer || isReference(answer)) return false;
      return !answer.content || 'application/json' in answer.content;
    })
    .map(([method, { operationId }]) => ({ method: method.toUpperCase(), path, operationId }))
    .filter(({ operationId }) => operationId !== 'getOpenApi'),
);

describe('the client', () => {
  it('has a method for every operation of the API that answers JSON or nothing', () => {
    const methods = Object.keys(clientOf(() => json({})).relay);
    expect(methods.sort()).toEqual(operations.map(({ operationId }) => operationId).sort());
  });

  it.each(operations)('makes the call that $operationId is', async ({ operationId, method, path }) => {
    const { relay, requests } = clientOf(() => json({}));
    const call: unknown = Object.entries(relay).find(([name]) => name === operationId)?.[1];
    if (typeof call !== 'function') throw new Error(`There is no ${operationId}`);
    const names = path.includes('{') ? ['a/b'] : [];
    await (Reflect.apply(call, relay, [...names, {}]) as Promise<unknown>);
    const { pathname } = new URL(requests[0]?.url ?? '');
    expect([requests[0]?.method, pathname]).toEqual([method, path.replace(/\{\w+\}/, 'a%2Fb')]);
  });

  it('sends the key, and only the filters that are given', async () => {
    const { relay, requests } = clientOf(() => page([], null));
    await relay.listEvents({ status: 'failed', clientId: undefined, eventType: 'a+b c' });
    expect(requests[0]?.headers.get('x-api-key')).toBe('key');
    expect(requests[0]?.url).toBe('http://relay.test/api/events?status=failed&eventType=a%2Bb+c');
  });

  it('raises a problem with what to decide by', async () => {
    const headers = { 'content-type': 'application/problem+json', 'retry-after': '7' };
    const { relay } = clientOf(() => json(problem, 429, headers));
    const raised = await relay.getMe().catch((error: unknown) => error);
    expect(raised).toBeInstanceOf(RelayProblem);
    expect(raised).toMatchObject({
      status: 429,
      code: 'rate_limited',
      requestId: 'r-1',
      errors: [],
      retryAfterMs: 7000,
      message: 'Too many requests: At most 100 in a minute.',
    });
  });

  it.each([
    ['a proxy’s page', () => new Response('<h1>Bad gateway</h1>', { status: 502 })],
    [
      'a page under a good status',
      () => new Response('<h1>Sign in</h1>', { headers: { 'content-type': 'text/html' } }),
    ],
    ['an error of another JSON', () => json({ message: 'no' }, 500)],
  ])('says that %s is not Relay’s', async (_, answer) => {
    const { relay } = clientOf(answer);
    await expect(relay.getMe()).rejects.toBeInstanceOf(UnexpectedAnswer);
  });

  it('reads lists page by page, as far as they are wanted', async () => {
    const pages = [page([1, 2], 'next'), page([3], null)];
    const { relay, requests } = clientOf(() => pages.shift() ?? page([], null));
    const rows: unknown[] = [];
    for await (const row of everyRow(relay.listWebhooks, { limit: 2 })) rows.push(row);
    expect(rows).toEqual([1, 2, 3]);
    expect(requests.map(({ url }) => new URL(url).search)).toEqual(['?limit=2', '?limit=2&cursor=next']);
    const first = everyRow(relay.listWebhooks, {});
    await first.return(undefined);
    expect(requests).toHaveLength(2);
  });
});

describe('a call that was not answered, or by an error that passes', () => {
  const answers = (...given: (Response | Error)[]) => {
    const requests: Request[] = [];
    const fetch = (input: string | URL | Request, init?: RequestInit) => {
      requests.push(new Request(input, init));
      const answer = given.shift() ?? json({});
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    return { relay: createRelayClient({ baseUrl: 'http://relay.test/', fetch, retries: 2 }), requests };
  };
  const away = () => new Response('', { status: 503, headers: { 'retry-after': '0' } });

  it('is made again, an event with the key that makes that harmless', async () => {
    const { relay, requests } = answers(new TypeError('fetch failed'), away(), json({ id: 'e' }, 202));
    expect(await relay.createEvent({ eventType: 'a', payload: {} })).toEqual({ id: 'e' });
    const keys = await Promise.all(
      requests.map(async (request) => ((await request.json()) as { idempotencyKey: string }).idempotencyKey),
    );
    expect(keys).toEqual([keys[0], keys[0], keys[0]]);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is given up after that, with what was answered last', async () => {
    const { relay, requests } = answers(away(), away(), json(problem, 503));
    await expect(relay.getMe()).rejects.toBeInstanceOf(RelayProblem);
    expect(requests).toHaveLength(3);
  });

  it('is not made again where it would do something twice', async () => {
    const { relay, requests } = answers(new TypeError('fetch failed'));
    await expect(relay.replayEvent('e')).rejects.toThrow('fetch failed');
    expect(requests).toHaveLength(1);
  });
});
