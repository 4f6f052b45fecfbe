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
      ...{ description: 'Other', schema: null },
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
  ])('is refused with %s', async (_what, wrong) => {
    expect(await create({ name: 'type.wrong', schema: wrong })).toMatchObject({
      ...{ status: 400, body: { code: 'validation_failed' } },
    });
  });
});

describe('a schema', () => {
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
    [
      'compares each item with all others',
      'type.unique',
      { properties: { items: { uniqueItems: true } } },
      JSON.stringify({ items: Array.from({ length: 30_000 }, (_, index) => [index]) }),
    ],
  ])('that %s is broken off, and others are served', async (_what, name, costly, payload) => {
    expect((await create({ name, schema: costly })).status).toBe(201);
    expect((await first.api.postEvent({ eventType: name, payload: {} })).status).toBe(202);
    const answer = await first.api.call('POST', '/api/events', `{"eventType":"${name}","payload":${payload}}`);
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'payload_invalid', errors: [{ path: '/payload', message: 'takes too long to check' }] },
    });
    expect((await first.api.postEvent({ eventType: name, payload: {} })).status).toBe(202);
  });
});
