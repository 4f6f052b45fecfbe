import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import Koa from 'koa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { followStream, type StreamUpdate } from '../../client/index.ts';
import {
  expressReceiver,
  fastifyReceiver,
  type Handler,
  koaReceiver,
  type ReceivedEvent,
  webReceiver,
} from '../../client/receive.ts';
import type { DeliveryDetail } from '../../contract/deliveries.ts';
import { generateSecret } from '../../activities/http/secret.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const secret = generateSecret();
const PAYLOAD = '{"text":"Grüße 👋","big":12345678901234567890,"n":1.50}';

let relay: TestRelay;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  relay = await startTestRelay();
});
afterAll(async () => {
  for (const close of closing) await close();
});

async function listen(listener: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> {
  const server: Server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
}

const FRAMEWORKS: Record<string, (take: Handler) => Promise<string>> = {
  express: (take) => listen(express().post('/hooks', expressReceiver(secret, take)).use(express.json())),
  'express behind express.raw': (take) => {
    const app = express()
      .use(express.raw({ type: '*/*' }))
      .post('/hooks', expressReceiver(secret, take));
    return listen(app);
  },
  koa: (take) => {
    const app = new Koa();
    app.silent = true;
    return listen(app.use(koaReceiver(secret, take)).callback());
  },
  fastify: async (take) => {
    const app = fastify();
    await app.register(fastifyReceiver('/hooks', secret, take) as Parameters<typeof app.register>[0]);
    await app.listen({ port: 0, host: '127.0.0.1' });
    closing.push(() => app.close());
    return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/hooks`;
  },
  'web requests': (take) => {
    const post = webReceiver(secret, take);
    return listen((request, response) => {
      const chunks: Buffer[] = [];
      request
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [
            name,
            String(value),
          ]);
          const asked = new Request('http://here/hooks', { method: 'POST', headers, body: Buffer.concat(chunks) });
          void post(asked).then(async (answer) => response.writeHead(answer.status).end(await answer.text()));
        });
    });
  },
};

test.each(Object.entries(FRAMEWORKS))(
  'a receiver for %s takes what Relay sent, as it was sent, and refuses all else',
  async (_, start) => {
    const taken: ReceivedEvent[] = [];
    const url = await start((event) => {
      taken.push(event);
      if (taken.length === 1) throw new Error('Not the first time');
    });
    const deliver = async (signedWith: string) => {
      const retryPolicy = { maximumAttempts: 2, initialIntervalMs: 100 };
      const webhook = await relay.api.createWebhook({
        url,
        eventTypes: ['to.framework'],
        secret: signedWith,
        retryPolicy,
      });
      const sent = await fetch(`${relay.url}/api/events`, {
        method: 'POST',
        headers: { 'x-api-key': 'test-api-key-12345' },
        body: `{"eventType":"to.framework","payload":${PAYLOAD}}`,
      });
      const { id } = (await sent.json()) as { id: string };
      const delivery = await eventually(async () => {
        const { body } = await relay.api.getEvent(id);
        const [one] = body.deliveries.filter(({ webhookId }) => webhookId === webhook.id);
        return one && ['delivered', 'failed'].includes(one.status) && one;
      });
      await relay.api.call('DELETE', `/api/webhooks/${webhook.id}`);
      return { id, detail: (await relay.api.call<DeliveryDetail>('GET', `/api/deliveries/${delivery.id}`)).body };
    };
    const { id, detail } = await deliver(secret);
    expect(detail.attempts.map(({ httpStatus }) => httpStatus)).toEqual([500, 204]);
    expect(taken.map((event) => event.id)).toEqual([id, id]);
    expect(new TextDecoder().decode(taken[1]?.body)).toContain(`"data":${PAYLOAD}`);
    expect(taken[1]).toMatchObject({ type: 'to.framework', data: { text: 'Grüße 👋' } });
    const other = await deliver(generateSecret());
    expect(other.detail.attempts.map(({ httpStatus }) => httpStatus)).toEqual([401, 401]);
    expect(taken).toHaveLength(2);
  },
);

test('the stream is read as it comes, until it is told to stop', async () => {
  const stopping = new AbortController();
  const seen: StreamUpdate[] = [];
  const opened = new Promise<void>((resolve) => {
    const options = { baseUrl: relay.url, apiKey: 'test-api-key-12345', signal: stopping.signal, onOpen: resolve };
    const following = (async () => {
      for await (const update of followStream(options)) seen.push(update);
    })();
    closing.push(() => following);
  });
  await opened;
  const { body: event } = await relay.api.postEvent({ eventType: 'is.streamed', payload: {} });
  const told = await eventually(() =>
    seen.find((update) => update.event === 'event.created' && update.data.id === event.id),
  );
  expect(told).toMatchObject({ data: { eventType: 'is.streamed' } });
  stopping.abort();
});
