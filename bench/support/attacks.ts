import { gzipSync } from 'node:zlib';
import { MAX_BATCH_BYTES, MAX_BATCH_EVENTS } from '../../contract/events.ts';
import type { Bench } from './bench.ts';

interface AttackRequest {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: Buffer;
}

/** What somebody does who may post events, to keep a process busy. */
export interface Attack {
  name: string;
  /** What has to be there before; made once. */
  prepare?: (bench: Bench) => Promise<void>;
  /** Sent again and again. */
  request: AttackRequest;
}

const EVENT_BYTES = 262_144;
/** Room for what stands around a payload's contents. */
const FRAME_BYTES = 300;
const EVENTS_OF_A_BATCH = MAX_BATCH_BYTES / EVENT_BYTES - 1;
const COSTLY = 'attack.pattern';

const text = (unit: string, bytes: number, between = ','): string =>
  Array<string>(Math.floor(bytes / (Buffer.byteLength(unit) + between.length)))
    .fill(unit)
    .join(between);
const names = (bytes: number): string =>
  Array.from({ length: Math.floor(bytes / 11) }, (_, n) => `"${String(n).padStart(6, '0')}":1`).join(',');
const nested = '['.repeat(60) + ']'.repeat(60);

/** Values that are dear to read, of so many bytes. */
const VALUES: Record<string, (bytes: number) => string> = {
  'tiny arrays': (bytes) => `[${text('[]', bytes)}]`,
  'deep arrays': (bytes) => `[${text(nested, bytes)}]`,
  'a string of escapes': (bytes) => `"${text('\\n', bytes, '')}"`,
  'a string outside ASCII': (bytes) => `"${text('ä', bytes, '')}"`,
  'many names': (bytes) => `{${names(bytes)}}`,
  'a repeated name': (bytes) => `{${text('"a":1', bytes)}}`,
  'a blank': (bytes) => `[${text(' ', bytes, '')}]`,
};

const post = (path: string, body: string): AttackRequest => ({ method: 'POST', path, body: Buffer.from(body) });
const batch = (items: string): AttackRequest => post('/api/events/batch', `{"events":[${items}]}`);
const event = (payload: string, eventType = 'attack', more = ''): string =>
  `{"eventType":"${eventType}","payload":{"x":${payload}}${more}}`;
const events = (count: number, one: string): string => Array<string>(count).fill(one).join(',');

/** A batch of as many as fit of the largest events. */
const large = (value: string, eventType?: string): AttackRequest =>
  batch(events(EVENTS_OF_A_BATCH, event(value, eventType)));

export const ATTACKS: Attack[] = [
  { name: 'batch of as many items as fit', request: batch(text('[]', MAX_BATCH_BYTES - FRAME_BYTES)) },
  ...Object.entries(VALUES).map(([name, value]) => ({
    name: `batch of one event: ${name}`,
    request: batch(event(value(MAX_BATCH_BYTES - FRAME_BYTES))),
  })),
  ...Object.entries(VALUES).map(([name, value]) => ({
    name: `batch of large events: ${name}`,
    request: large(value(EVENT_BYTES - FRAME_BYTES)),
  })),
  {
    name: `batch of ${MAX_BATCH_EVENTS} events: tiny arrays`,
    request: batch(
      events(MAX_BATCH_EVENTS, event(`[${text('[]', MAX_BATCH_BYTES / MAX_BATCH_EVENTS - FRAME_BYTES)}]`)),
    ),
  },
  {
    name: 'unpacked batch: tiny arrays',
    request: zipped(batch(event(`[${text('[]', MAX_BATCH_BYTES - FRAME_BYTES)}]`))),
  },
  {
    name: 'webhook with many unknown members',
    request: post('/api/webhooks', `{${names(EVENT_BYTES - FRAME_BYTES)}}`),
  },
  {
    name: 'payloads for a costly pattern',
    prepare: async ({ api }) => {
      const schema = { properties: { x: { type: 'string', pattern: '(?:a?){20}a{20}b$' } } };
      await api.call('POST', '/api/event-types', { name: COSTLY, schema });
    },
    request: large(`"${text('a', EVENT_BYTES - FRAME_BYTES, '')}"`, COSTLY),
  },
  sameContents('tiny arrays'),
  sameContents('many names'),
  {
    name: 'lists of large events',
    prepare: async ({ api }) => {
      const events = Array.from({ length: 15 }, () => ({ eventType: 'a', payload: { x: 'ä'.repeat(120_000) } }));
      for (let n = 0; n < 4; n += 1) await api.call('POST', '/api/events/batch', { events });
    },
    request: { method: 'GET', path: '/api/events?limit=100&eventType=a' },
  },
];

/** The same events again, written in another way. */
function sameContents(name: string): Attack {
  const value = VALUES[name]?.(EVENT_BYTES - 2 * FRAME_BYTES) ?? '';
  const key = `"idempotencyKey":"${name.replaceAll(' ', '-')}"`;
  return {
    name: `the same contents again: ${name}`,
    prepare: async ({ api }) => void (await api.call('POST', '/api/events', event(value, 'attack', `,${key}`))),
    request: batch(events(EVENTS_OF_A_BATCH, event(` ${value}`, 'attack', `,${key}`))),
  };
}

function zipped({ body = Buffer.alloc(0), ...request }: AttackRequest): AttackRequest {
  return { ...request, headers: { 'content-encoding': 'gzip' }, body: gzipSync(body) };
}
