import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Koa from 'koa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dashboard } from './dashboard.ts';

let root: string;
let server: Server;
let url: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'relay-web-'));
  await mkdir(join(root, 'assets'));
  await writeFile(join(root, 'index.html'), '<h1>Relay</h1>');
  await writeFile(join(root, 'assets', 'app-1a2b.js'), '1');
  const app = new Koa().use(dashboard(root)).use((ctx) => {
    ctx.status = 404;
    ctx.body = 'nothing';
  });
  const handle = app.callback();
  server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(root, { recursive: true });
});

const html = { accept: 'text/html,*/*;q=0.8' };
const get = async (path: string, headers: Record<string, string> = html, method = 'GET') => {
  const response = await fetch(url + path, { headers, method });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

it.each(['/', '/deliveries', '/deliveries/some-id'])('a browser gets the page at %s', async (path) => {
  const { status, text, headers } = await get(path);
  expect([status, text]).toEqual([200, '<h1>Relay</h1>']);
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(headers.get('cache-control')).toBe('no-cache');
});

it('files whose names change with their content may be kept for ever', async () => {
  const { text, headers } = await get('/assets/app-1a2b.js');
  expect(text).toBe('1');
  expect(headers.get('cache-control')).toContain('immutable');
});

it.each([
  '/api',
  '/api/nothing',
  '/API/events',
  '/Api',
  '/assets/old.js',
  '/favicon.ico',
  '/%zz',
  '/..%2f..%2fetc%2fpasswd',
  '/%00',
])('%s is not the page', async (path) => {
  expect(await get(path)).toMatchObject({ status: 404, text: 'nothing' });
});

it('what is not asked for as HTML is not answered with the page', async () => {
  expect((await get('/deliveries', { accept: 'application/json' })).status).toBe(404);
  expect((await get('/deliveries', html, 'POST')).status).toBe(404);
});

it('nothing is served when nothing was built', async () => {
  let passed = false;
  const nothing = dashboard(join(root, 'missing'));
  await nothing({} as Koa.Context, () => {
    passed = true;
    return Promise.resolve();
  });
  expect(passed).toBe(true);
});
