import http, { type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../contract/deliveries.ts';
import type { Event } from '../../../contract/events.ts';
import type { Page } from '../../../contract/primitives.ts';
import { startTestApi, type TestApi } from './support.ts';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
  await test.api.createWebhook({ url: 'http://127.0.0.1:1/', eventTypes: ['slim'] });
  const payload = { text: 'x'.repeat(5000) };
  await test.api.postEvent({ eventType: 'slim', payload, tags: { region: 'eu' }, idempotencyKey: 'slim-1' });
  await test.api.postEvent({ eventType: 'slim', payload });
  const answered = { responseBody: 'y'.repeat(5000), responseHeaders: { 'x-answer': 'yes' }, httpStatus: 500 };
  await test
    .db('deliveries')
    .update({ ...answered, errorCode: 'http_status', errorMessage: 'HTTP 500', attemptCount: 1 });
});

const list = async <T>(path: string) => (await test.api.call<Page<T>>('GET', path)).body;

describe('a summary', () => {
  it('of events is all but their payloads', async () => {
    const full = await list<Event>('/api/events');
    const summary = await list<Event>('/api/events?view=summary');
    expect(full.data[0]?.payload).toMatchObject({ text: expect.any(String) as string });
    expect(summary).toEqual({ ...full, data: full.data.map(({ payload: _, ...rest }) => rest) });
    expect(await list('/api/events?view=full')).toEqual(full);
    expect((await test.api.call('GET', '/api/events?view=short')).status).toBe(400);
  });

  it('of deliveries is all but what was answered', async () => {
    const full = await list<Delivery>('/api/deliveries');
    const summary = await list<Delivery>('/api/deliveries?view=summary&limit=2');
    expect(full.data[0]).toMatchObject({ responseHeaders: { 'x-answer': 'yes' }, error: { message: 'HTTP 500' } });
    expect(summary.data).toEqual(full.data.map(({ responseBody: _, responseHeaders: __, ...rest }) => rest));
    expect((await list<Delivery>('/api/deliveries?view=summary&limit=1')).pagination.hasMore).toBe(true);
  });
});

/** The answer as it comes. */
function get(path: string, acceptEncoding?: string): Promise<IncomingMessage> {
  const headers = { 'x-api-key': 'admin-key', ...(acceptEncoding && { 'accept-encoding': acceptEncoding }) };
  return new Promise(
    (resolve, reject) => void http.get(`${test.url}${path}`, { headers }, resolve).on('error', reject),
  );
}

describe('compression', () => {
  it('is done for who takes it, and leaves the same text', async () => {
    const plain = await get('/api/events');
    expect([plain.headers['content-encoding'], plain.headers.vary]).toEqual([undefined, 'Accept-Encoding']);
    const whole = await text(plain);
    const zipped = await get('/api/events', 'br, gzip;q=0.8');
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(zipped.headers['content-length']).toBeUndefined();
    expect(await text(zipped.pipe(createGunzip()))).toBe(whole);
    const refused = await get('/api/events', 'gzip;q=0');
    expect(refused.headers['content-encoding']).toBeUndefined();
    expect(await text(refused)).toBe(whole);
  });

  it('is not done for what is short, and never for the stream', async () => {
    const short = await get('/api/me', 'gzip');
    expect(short.headers['content-encoding']).toBeUndefined();
    short.resume();
    const stream = await get('/api/stream', 'gzip');
    expect([stream.headers['content-type'], stream.headers['content-encoding']]).toEqual([
      expect.stringContaining('text/event-stream'),
      undefined,
    ]);
    stream.destroy();
  });
});
