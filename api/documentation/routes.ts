import { hash } from 'node:crypto';
import { Type } from 'typebox';
import { renderPage } from '../docs/renderPage.ts';
import { STYLE } from '../docs/style.ts';
import { describeApi } from '../openapi/describeApi.ts';
import { route, type Route } from '../http/route.ts';

const tag = 'Operators';

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
      handle: () => ({ status: 200, body: document, headers: { 'Cache-Control': 'no-cache' } }),
    }),
    route({
      method: 'GET',
      path: '/docs',
      access: 'open',
      tag,
      summary: 'This description, as a page to read',
      operationId: 'getDocs',
      responses: { 200: Type.String({ contentMediaType: 'text/html' }) },
      handle: () => ({
        status: 200,
        body: page,
        headers: {
          'Content-Type': 'text/html; charset=utf-8',
          'Cache-Control': 'no-cache',
          'Content-Security-Policy': CONTENT_SECURITY_POLICY,
        },
      }),
    }),
  ];
  const document = describeApi([...others, ...own]);
  const page = renderPage(document);
  return own;
}
