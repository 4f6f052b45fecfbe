import { hash } from 'node:crypto';
import { Type } from 'typebox';
import { atOrigin, renderPage } from '../docs/renderPage.ts';
import { STYLE } from '../docs/style.ts';
import { describeApi } from '../openapi/describeApi.ts';
import { toJson } from '../http/json.ts';
import { route, type Route } from '../http/route.ts';

const tag = 'Operators';

/** So many addresses of one process are told apart on the page. */
const MAX_ORIGINS = 8;

/** The page needs its own style and nothing else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The calls that describe the API: all of the given ones and themselves. */
export function documentationRoutes(others: readonly Route[]): Route<unknown>[] {
  const own: Route<unknown>[] = [
    route({
      method: 'GET',
      path: '/api/openapi.json',
      access: 'open',
      tag,
      summary: 'This description, as OpenAPI 3.1',
      operationId: 'getOpenApi',
      responses: {
        200: Type.Object({ openapi: Type.String({ examples: ['3.1.1'] }) }, { additionalProperties: true }),
      },
      handle: () => ({
        status: 200,
        body: description,
        headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-cache' },
      }),
    }),
    route({
      method: 'GET',
      path: '/docs',
      access: 'open',
      tag,
      summary: 'This description, as a page to read',
      operationId: 'getDocs',
      responses: { 200: Type.String({ contentMediaType: 'text/html' }) },
      handle: (_services, { isSecure, header }) => ({
        status: 200,
        body: pageAt(isSecure ? 'https' : 'http', header('Host') ?? ''),
        headers: {
          'Content-Type': 'text/html; charset=utf-8',
          'Cache-Control': 'no-cache',
          'Content-Security-Policy': CONTENT_SECURITY_POLICY,
        },
      }),
    }),
  ];
  const document = describeApi([...others, ...own]);
  // Made once, and shared by all who read them: anybody may ask.
  const description = Buffer.from(toJson(document));
  const pageAt = pages(renderPage(document));
  return own;
}

/** The page as it is read at each of a process's addresses. Callers may invent hosts: beyond a few it is the page of an example. */
function pages(example: string): (scheme: 'http' | 'https', host: string) => Buffer {
  const standard = Buffer.from(example);
  const known = new Map<string, Buffer>();
  return (scheme, host) => {
    const origin = `${scheme}://${host}`;
    const page = known.get(origin);
    if (page) return page;
    const text = known.size < MAX_ORIGINS ? atOrigin(example, scheme, host) : null;
    if (text === null) return standard;
    const made = Buffer.from(text);
    known.set(origin, made);
    return made;
  };
}
