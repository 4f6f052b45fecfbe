import { afterEach, expect, test, vi } from 'vitest';
import { RelayProblem } from '#client/index.ts';
import { callWithText, relay, whenSignedOut } from './relay.ts';

afterEach(() => void vi.unstubAllGlobals());

function answering(answer: () => Response | Promise<Response>) {
  const fetch = vi.fn((_path: string, _init?: RequestInit) => Promise.resolve().then(answer));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}
const refusal = (status: number) =>
  Response.json({ title: 'No', detail: 'Not known.', code: 'unauthorized', requestId: 'r-1', status }, { status });

test.each([
  ['a Relay that is away', () => Promise.reject(new TypeError('Failed to fetch')), /cannot be reached/],
  ['a proxy’s page', () => new Response('<h1>Bad gateway</h1>', { status: 502 }), /could not be read/],
  ['a page under a good status', () => new Response('<h1>Sign in</h1>'), /could not be read/],
])('%s is a problem that a page can show', async (_, answer, detail) => {
  answering(answer);
  const error = await relay.getMe().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(RelayProblem);
  expect((error as RelayProblem).problem.detail).toMatch(detail);
});

test('a session that is over is told of, a key that is refused at the door is not', async () => {
  const onSignedOut = vi.fn();
  whenSignedOut(onSignedOut);
  answering(() => refusal(401));
  await expect(relay.startSession({ key: 'wrong' })).rejects.toThrow('Not known.');
  expect(onSignedOut).not.toHaveBeenCalled();
  await expect(relay.listEvents()).rejects.toThrow('Not known.');
  expect(onSignedOut).toHaveBeenCalledOnce();
});

test('JSON that is typed or shown keeps its spelling', async () => {
  const text = '{"payload":{"n":12345678901234567890,"x":1.50}}';
  const fetch = answering(() => new Response(text, { headers: { 'content-type': 'application/json' } }));
  expect(await callWithText('POST', '/api/events', text)).toBe(text);
  expect(fetch.mock.calls[0]?.[1]?.body).toBe(text);
  answering(() => refusal(400));
  await expect(callWithText('GET', '/api/events/1')).rejects.toBeInstanceOf(RelayProblem);
});
