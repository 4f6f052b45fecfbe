import { beforeAll, describe, expect, test } from 'vitest';
import type { EventBatchResult } from '../../contract/events.ts';
import type { EventType } from '../../contract/eventTypes.ts';
import type { Page } from '../../contract/primitives.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';
import type { Static } from 'typebox';

let first: TestRelay;
let second: TestRelay;

beforeAll(async () => {
  first = await startTestRelay({ RELAY_ROLE: 'api' });
  second = await startTestRelay({ ...first.env });
});

const create = (body: object | string) => first.api.call<EventType>('POST', '/api/event-types', body);
const schema = { type: 'object', required: ['jobId'], properties: { jobId: { type: 'string', pattern: '^j-' } } };

describe('an event type', () => {
  test('is created, read, listed, replaced and deleted, its schema as it was written', async () => {
    const written = '{"name":"type.crud","description":"A job","schema":{"minimum": 1.0,  "type":"object"}}';
    const made = await create(written);
    expect(made).toMatchObject({ status: 201, body: { name: 'type.crud', description: 'A job' } });
    expect(made.text).toContain('"schema":{"minimum": 1.0,  "type":"object"}');
    expect(await create(written)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const path = '/api/event-types/type.crud';
    expect((await first.api.call('GET', path)).text).toBe(made.text);
    const list = await first.api.call<Page<EventType>>('GET', '/api/event-types');
    expect(list.body.data.map(({ name }) => name)).toContain('type.crud');
    expect((await first.api.call('PUT', path, { description: 'Other' })).body).toMatchObject({
      description: 'Other',
      schema: null,
    });
    expect((await first.api.call('PUT', path, { name: 'type.other' })).status).toBe(400);
    expect(await first.api.call('PUT', path, made.text)).toMatchObject({ status: 200, body: { description: 'A job' } });
    expect((await first.api.call('DELETE', path)).status).toBe(204);
    expect((await first.api.call('GET', path)).status).toBe(404);
  });

  test.each([
    ['a remote reference', { $ref: 'https://example.com/schema.json' }],
    ['another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }],
    ['an unknown type', { type: 'text' }],
    ['a pattern that could take for ever', { properties: { a: { pattern: '(?=a)b' } } }],
    ['a schema that is none', 7],
    ['a schema that is only itself', { $ref: '#' }],
    ['a schema that branches into itself without going on', { anyOf: [{ $ref: '#' }, { $ref: '#' }] }],
    ['a back-reference', { properties: { a: { pattern: '(?<n>a)\\k<n>' } } }],
  ])('is refused with %s', async (_what, wrong) => {
    expect(await create({ name: 'type.wrong', schema: wrong })).toMatchObject({
      status: 400,
      body: { code: 'validation_failed' },
    });
  });

  test.each([
    ['"schema":{"const":"\\u0000"}', '/schema/const'],
    ['"schema":{"enum":["a","\\ud800"]}', '/schema/enum/1'],
    ['"schema":{"title":"a\\udc00b"}', '/schema/title'],
    ['"schema":{"properties":{"\\u0000":{}}}', '/schema/properties/\0'],
    ['"schema":{"properties":{"\\ud83d":true}}', '/schema/properties/\ud83d'],
    ['"schema":{"description":"\\ud83d"}', '/schema/description'],
    ['"description":"a\\ud800b"', '/description'],
    ['"description":"\\u0000"', '/description'],
  ])('is refused with text that cannot be stored, and never changed by it: %s', async (members, path) => {
    const problem = { status: 400, body: { code: 'validation_failed' } };
    const made = await create(`{"name":"type.unstorable",${members}}`);
    expect(made).toMatchObject(problem);
    // By its text: half of a surrogate pair cannot be compared once it has been sent.
    expect(JSON.parse(made.text)).toMatchObject({ errors: [{ path }] });
    const kept = await create({
      name: 'type.kept',
      description: '😀',
      schema: { title: 'é😀' },
    });
    const at = `/api/event-types/${kept.body.name}`;
    expect(await first.api.call('PUT', at, `{${members}}`)).toMatchObject(problem);
    expect((await first.api.call('GET', at)).text).toBe(kept.text);
    expect((await first.api.call('DELETE', at)).status).toBe(204);
  });
});

describe('a schema', () => {
  test.each([{ enum: ['\0'] }, { title: '\ud83d' }, { properties: { '\0': {} } }])(
    'with %j, which cannot be stored, is refused when it is made and when it is replaced',
    async (schema) => {
      const refused = {
        status: 400,
        body: { code: 'validation_failed', errors: [{ path: expect.stringMatching(/^\/schema/) as string }] },
      };
      expect(await first.api.call('POST', '/api/event-types', { name: 'not.storable', schema })).toMatchObject(refused);
      expect(await first.api.call('PUT', '/api/event-types/not.storable', { schema })).toMatchObject(refused);
      const described = { name: 'not.storable', description: 'a\ud800b' };
      expect((await first.api.call('POST', '/api/event-types', described)).status).toBe(400);
      const escaped = { name: `escaped.${Object.keys(schema)[0]}`, schema: { title: '\\u0000' } };
      expect((await first.api.call('POST', '/api/event-types', escaped)).status).toBe(201);
    },
  );

  test('refuses an event whose payload does not fit, alone or in a batch, in every process', async () => {
    expect((await create({ name: 'type.checked', schema })).status).toBe(201);
    const post = (payload: object) => first.api.postEvent({ eventType: 'type.checked', payload });
    expect((await post({ jobId: 'j-1' })).status).toBe(202);
    expect(await post({ jobId: 1 })).toMatchObject({
      status: 422,
      body: { code: 'payload_invalid', errors: [{ path: '/payload/jobId' }] },
    });
    const { body } = await first.api.call<Static<typeof EventBatchResult>>('POST', '/api/events/batch', {
      events: [{}, { jobId: 'j-2' }].map((payload) => ({ eventType: 'type.checked', payload })),
    });
    expect(body.results.map(({ status }) => status)).toEqual([422, 202]);
    await eventually(async () => {
      const answer = await second.api.postEvent({ eventType: 'type.checked', payload: {} });
      return answer.status === 422;
    }, 2000);
    await first.api.call('DELETE', '/api/event-types/type.checked');
    expect((await post({})).status).toBe(202);
  });

  test('is applied as the standard says, value by value', async () => {
    const rules: [schema: string, accepted: string[], refused: string[]][] = [
      [
        '{"properties":{"c":{"pattern":"^#[0-9a-f]{6}$"},"note":{"pattern":"^.*$"}}}',
        ['{"c":"#ff0000"}', '{"note":"ticket #12"}'],
        ['{"c":"nonsense"}', '{"c":"ff0000"}', '{"c":"#FF0000","note":"a"}'],
      ],
      [
        '{"patternProperties":{"^x-":{"type":"string"},"[0-9]$":{"type":"integer"}},"additionalProperties":false}',
        ['{"x-a":"1"}', '{"a1":1}'],
        ['{"x-a":1}', '{"a1":"1"}', '{"a":1}'],
      ],
      [
        '{"properties":{"constructor":{"type":"string"},"__proto__":{"type":"integer"}},"required":["toString"]}',
        ['{"toString":1}', '{"toString":1,"constructor":"Ferrari","__proto__":1}'],
        ['{}', '{"toString":1,"constructor":1}', '{"toString":1,"__proto__":"a"}'],
      ],
      [
        '{"properties":{"price":{"multipleOf":0.01}}}',
        ['19.99', '4.02', '0.07', '8.69', '143.48', '1e2'].map((price) => `{"price":${price}}`),
        ['{"price":19.999}', '{"price":1e-7}'],
      ],
      [
        '{"properties":{"items":{"uniqueItems":true},"none":{"const":{}},"one":{"enum":[{},{"valueOf":1}]}}}',
        ['{"items":[{},{"toString":""}]}', '{"items":[{"valueOf":0},{"valueOf":1}],"none":{},"one":{"valueOf":1.0}}'],
        ['{"items":[{"toString":""},{"toString":""}]}', '{"none":{"toString":""}}', '{"one":{"valueOf":0}}'],
      ],
      ['{"$async":true,"required":["a"]}', ['{"a":1}'], ['{}']],
    ];
    for (const [index, [text, accepted, refused]] of rules.entries()) {
      const name = `type.standard${index}`;
      expect((await create(`{"name":"${name}","schema":${text}}`)).status).toBe(201);
      const event = (payload: string) => `{"eventType":"${name}","payload":${payload}}`;
      for (const payload of [...accepted, ...refused]) {
        const answer = await first.api.call<{ code?: string }>('POST', '/api/events', event(payload));
        const isAccepted = accepted.includes(payload);
        expect([text, payload, answer.status, answer.body.code]).toEqual([
          ...[text, payload, ...(isAccepted ? [202, undefined] : [422, 'payload_invalid'])],
        ]);
      }
      const batch = `{"events":[${[...accepted, ...refused].map(event).join(',')}]}`;
      const { body } = await first.api.call<Static<typeof EventBatchResult>>('POST', '/api/events/batch', batch);
      expect(body.results.map(({ status }) => status)).toEqual([...accepted.map(() => 202), ...refused.map(() => 422)]);
    }
  });

  test('that asks for different items takes 30,000 of them, and finds the one that is equal', async () => {
    expect(
      (await create({ name: 'type.unique', schema: { properties: { items: { uniqueItems: true } } } })).status,
    ).toBe(201);
    const post = (items: unknown[]) => first.api.postEvent({ eventType: 'type.unique', payload: { items } });
    const items = Array.from({ length: 30_000 }, (_, index) => [index]);
    expect((await post(items)).status).toBe(202);
    expect((await post([...items, [0]])).status).toBe(422);
  });

  test.each([
    [
      'branches at each level',
      'type.branching',
      {
        $ref: '#/$defs/node',
        $defs: {
          node: {
            allOf: [{ properties: { c: { $ref: '#/$defs/node' } } }, { properties: { c: { $ref: '#/$defs/node' } } }],
          },
        },
      },
      `${'{"c":'.repeat(40)}{}${'}'.repeat(40)}`,
    ],
  ])('that %s is broken off, and others are served', async (_what, name, costly, payload) => {
    expect((await create({ name, schema: costly })).status).toBe(201);
    expect((await first.api.postEvent({ eventType: name, payload: {} })).status).toBe(202);
    const answer = await first.api.call('POST', '/api/events', `{"eventType":"${name}","payload":${payload}}`);
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'payload_too_complex' },
    });
    expect((await first.api.postEvent({ eventType: name, payload: {} })).status).toBe(202);
  });
});
