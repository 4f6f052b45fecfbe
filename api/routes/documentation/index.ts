import { Type } from 'typebox';
import { describeApi } from '../../openapi/describeApi.ts';
import { route, type Route } from '../route.ts';

const tag = 'Operators';

/** The calls that describe the API: all of the given ones and themselves. */
export function documentationRoutes(others: readonly Route[]): Route[] {
  const own: Route[] = [
    route({
      ...{ method: 'GET', path: '/api/openapi.json', access: 'open', tag, summary: 'This description, as OpenAPI 3.1' },
      operationId: 'getOpenApi',
      responses: { 200: Type.Object({ openapi: Type.String({ examples: ['3.1.1'] }) }) },
      handle: () => ({ status: 200, text: { type: 'application/json; charset=utf-8', content: openapi } }),
    }),
  ];
  const document = describeApi([...others, ...own]);
  const openapi = JSON.stringify(document);
  return own;
}
