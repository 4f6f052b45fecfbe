import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { startTestApi } from './support.ts';

it('describes itself to anybody, in OpenAPI and as a page', async () => {
  const { url } = await startTestApi();
  const openApi = await fetch(`${url}/api/openapi.json`);
  expect([openApi.status, openApi.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  const kept = await readFile(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
  expect(await openApi.json()).toEqual(JSON.parse(kept));

  const page = await fetch(`${url}/docs`);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const text = await page.text();
  const style = /<style>(.*?)<\/style>/s.exec(text)?.[1] ?? '';
  const policy = page.headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`style-src 'sha256-${hash('sha256', style, 'base64')}'`);
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(text).toContain('Post an event');
  expect(text).toContain(`RELAY=${url} `);
  expect(text).not.toContain('localhost:5000');
  expect((await fetch(`${url}/docs`, { method: 'HEAD' })).status).toBe(200);
  expect((await fetch(`${url}/docs?x=1`)).status).toBe(400);
});
