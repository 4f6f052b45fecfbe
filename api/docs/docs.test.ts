import { describe, expect, it } from 'vitest';
import { describeApi } from '../openapi/describeApi.ts';
import { routes } from '../routes.ts';
import { route } from '../http/route.ts';
import { curlOf } from './curlOf.ts';
import { renderPage } from './renderPage.ts';

const document = describeApi(routes);
const page = renderPage(document);
const VOID_ELEMENTS = new Set(['meta', 'br', 'link', 'img']);

describe('the page at /docs', () => {
  it('has every call, every code and every schema, and no link that leads nowhere', () => {
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
    for (const { operationId } of operations) expect(ids).toContain(operationId);
    for (const name of Object.keys(document.components.schemas)) expect(ids).toContain(`schema-${name}`);
    const targets = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id = '']) => id);
    expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('closes what it opens', () => {
    const open: string[] = [];
    for (const [, end, name = ''] of page.replace(/<style>.*?<\/style>/s, '').matchAll(/<(\/?)([a-z][a-z0-9]*)/g)) {
      if (end) expect(open.pop()).toBe(name);
      else if (!VOID_ELEMENTS.has(name)) open.push(name);
    }
    expect(open).toEqual([]);
  });

  it('loads nothing and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|\ssrc=|@import|url\(/i);
  });

  it('shows markup in descriptions as text', () => {
    const hostile = '<script>alert("1")</script> `<b>` & \'';
    const shown = renderPage(
      describeApi([
        route({
          method: 'GET',
          path: '/a',
          access: 'open',
          tag: 'A',
          summary: hostile,
          description: hostile,
          responses: { 204: null },
          handle: () => ({ status: 204 }),
        }),
      ]),
    );
    expect(shown).not.toContain('<script');
    expect(shown).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; <code>&lt;b&gt;</code> &amp; &#39;');
  });
});

describe('the example for the shell', () => {
  const [path, item] = Object.entries(document.paths).find(([, { post }]) => post?.requestBody) ?? ['', {}];

  it('sends the example body with the key', () => {
    expect(item.post && curlOf('post', path, item.post)).toMatch(
      /^curl -X POST "\$RELAY\/api\/events" -H "X-API-Key: \$KEY" \\\n {2}-d '\{"eventType":"job\.created"/,
    );
  });

  it('quotes what the shell would take for its own', () => {
    const body = { required: true, content: { 'application/json': { schema: {}, example: { name: "it's $HOME" } } } };
    const operation = { operationId: 'a', tags: [], summary: '', security: [], parameters: [], responses: {} };
    expect(curlOf('put', '/a', { ...operation, requestBody: body })).toBe(
      `curl -X PUT "$RELAY/a" \\\n  -d '{"name":"it'\\''s $HOME"}'`,
    );
  });
});
