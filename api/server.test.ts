import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import Koa from 'koa';
import { afterEach, expect, test } from 'vitest';
import { letStrangersGo } from './http/middlewares/letStrangersGo.ts';
import type { RequestState } from './http/state.ts';
import { createApiServer, type ServerLimits } from './server.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server of which every caller that sends a key is known; answers with what connects to it. */
async function serve(limits: ServerLimits, strangerMs = 60_000): Promise<() => Promise<Socket>> {
  const app = new Koa<RequestState>();
  app.use(letStrangersGo(strangerMs));
  app.use((ctx) => {
    ctx.state.identity = ctx.get('X-API-Key') ? { keyId: 'k', name: 'k', clientId: null, scopes: [] } : null;
    ctx.body = 'here';
  });
  const server = createApiServer(app, limits).listen(0, '127.0.0.1');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
}

/** The answer to a request; empty when the connection is closed instead. */
async function ask(socket: Socket, headers = ''): Promise<string> {
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
  const closed = once(socket, 'close').then(() => ['']);
  const [text] = (await Promise.race([once(socket, 'data'), closed])) as [Buffer | string];
  return text.toString();
}

test('connections beyond what a process holds are closed; one that goes makes room', async () => {
  const open = await serve({ connections: 2 });
  const first = await open();
  expect(await ask(first)).toContain('here');
  expect(await ask(await open())).toContain('here');
  expect(await ask(await open())).toBe('');
  first.destroy();
  await expect.poll(async () => ask(await open())).toContain('here');
});

test('a connection over which no key ever came is soon closed, one that brought a key is kept', async () => {
  const open = await serve({}, 100);
  const [stranger, caller] = [await open(), await open()];
  await ask(caller, 'X-API-Key: k\r\n');
  await ask(caller);
  await ask(stranger);
  await once(stranger, 'close');
  expect(await ask(caller)).toContain('here');
});
