import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Koa from 'koa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dashboard } from './dashboard.ts';
import { secureHeaders } from './secureHeaders.ts';

let root: string;
const servers: Server[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'relay-headers-'));
  await writeFile(join(root, 'index.html'), '<h1>Relay</h1>');
});
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await rm(root, { recursive: true });
});

async function headersOf(path: string, { proxy = false } = {}): Promise<Headers> {
  const app = new Koa({ proxy }).use(secureHeaders).use(dashboard(root));
  app.use((ctx) => void (ctx.body = {}));
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const headers = { accept: 'text/html', 'x-forwarded-proto': 'https' };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  await response.text();
  return response.headers;
}

it('an answer of the API is stored nowhere, taken for nothing else, and its address told to nobody', async () => {
  const headers = await headersOf('/api/webhooks');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('same-origin');
});

it('the dashboard loads and runs only what comes from here, and is shown in no other page', async () => {
  const headers = await headersOf('/');
  const policy = headers.get('content-security-policy')?.split('; ') ?? [];
  expect(policy).toEqual(
    expect.arrayContaining(["default-src 'self'", "frame-ancestors 'none'", "form-action 'self'"]),
  );
  // Scripts fall back to default-src, which has no 'unsafe-inline'.
  expect(policy.filter((rule) => rule.startsWith('script-src'))).toEqual([]);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('same-origin');
});

it('a browser that came by TLS is to come by nothing else; what a caller claims does not count without TRUST_PROXY', async () => {
  expect((await headersOf('/', { proxy: true })).get('strict-transport-security')).toBe('max-age=31536000');
  expect((await headersOf('/')).get('strict-transport-security')).toBeNull();
});
