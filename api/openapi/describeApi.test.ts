import { readFile } from 'node:fs/promises';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../ops/version.ts';
import { routes } from '../routes.ts';
import { route } from '../http/route.ts';
import { describeApi } from './describeApi.ts';
import { openApiPath } from './describeParameters.ts';
import { isReference, type OpenApiDocument, type Operation } from './document.ts';
import { createSchemaChecker } from '../../tests/support/schemaChecker.ts';

const document = describeApi(routes);
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
);

async function lint(subject: OpenApiDocument): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: JSON.stringify(subject), config });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer}`);
}

describe('the description of the API', () => {
  it('is OpenAPI that a linter has nothing to say about', async () => {
    expect(await lint(document)).toEqual([]);
  });

  it('has the version of the release', () => {
    expect(document.info.version).toBe(VERSION);
  });

  it('would not pass that linter with a dead reference or an example that does not fit', async () => {
    const broken = structuredClone(document);
    broken.components.schemas['Event'] = { $ref: '#/components/schemas/Nothing' };
    broken.components.schemas['Pagination'] = { type: 'string' };
    const found = (await lint(broken)).join('\n');
    expect(found).toContain('no-unresolved-refs');
    expect(found).toContain('no-invalid-media-type-examples');
  });

  it('is the one in docs/openapi.json (`npm run openapi` writes it)', async () => {
    const kept = await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
    expect(JSON.parse(kept)).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('has every route, each under a name of its own', () => {
    const inTable = routes.map(({ method, path }) => `${method.toLowerCase()} ${openApiPath(path)}`);
    expect(operations.map(([name]) => name).sort()).toEqual(inTable.sort());
    const names = operations.map(([, { operationId }]) => operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z][A-Za-z0-9]*$/.test(name))).toEqual([]);
  });

  it('names what callers work with', () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining([
        'Event',
        'EventInput',
        'Webhook',
        'WebhookInput',
        'Delivery',
        'Attempt',
        'Batch',
        'Problem',
      ]),
    );
    expect(document.paths['/api/events/{id}']?.get?.responses['200']).toMatchObject({
      content: { 'application/json': { schema: { $ref: '#/components/schemas/EventWithDeliveries' } } },
    });
  });

  it('refuses two different schemas of one name', () => {
    const define = (path: string, schema: Type.TSchema) =>
      route({
        method: 'GET',
        path,
        access: 'open',
        tag: 'A',
        summary: 'A',
        responses: { 200: schema },
        handle: () => ({ status: 200 }),
      });
    const same = Type.Object({ a: Type.String() }, { title: 'Thing' });
    const other = Type.Object({ a: Type.Integer() }, { title: 'Thing' });
    expect(() => describeApi([define('/a', same), define('/b', same)])).not.toThrow();
    expect(() => describeApi([define('/a', same), define('/b', other)])).toThrow('Thing');
  });

  it('asks for a key with the scope of each route, and for none where it is open', () => {
    expect(document.paths['/api/events']?.post?.security).toEqual([
      { apiKey: ['events:write'] },
      { session: ['events:write'] },
    ]);
    expect(document.paths['/healthz']?.get?.security).toEqual([]);
  });

  it.each(operations)('shows for %s an example of each body that fits its schema', (_, { requestBody, responses }) => {
    const check = createSchemaChecker(document);
    const answers = Object.values(responses).map((response) =>
      isReference(response) ? document.components.responses[response.$ref.split('/').at(-1) ?? ''] : response,
    );
    for (const content of [requestBody?.content, ...answers.map((answer) => answer?.content)]) {
      for (const { schema, example, examples } of Object.values(content ?? {})) {
        if (schema.type === 'string') continue;
        const shown = examples ? Object.values(examples).map(({ value }) => value) : [example];
        for (const value of shown) expect([value, check(schema, value)]).toEqual([value, []]);
      }
    }
  });
});
