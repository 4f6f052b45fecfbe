import { expect, it } from 'vitest';
import { cutAt, momentWords, pathOf, whyWords } from './hitWords.ts';

it.each([
  ['2026-03-05T14:05:00', '14:05 today'],
  ['2026-03-04T23:59:00', '23:59 yesterday'],
  ['2026-03-03T09:00:00', '09:00 on 3 March'],
  ['2025-12-31T09:00:00', '09:00 on 31 December 2025'],
])('says %s as %s', (at, words) => {
  expect(momentWords(at, new Date('2026-03-05T15:00:00'))).toBe(words);
});

it('leads to what was found; an event type to its events', () => {
  expect(pathOf({ kind: 'delivery', id: '1' })).toBe('/deliveries/1');
  expect(pathOf({ kind: 'event_type', id: 'order.created' })).toBe('/events?eventType=order.created');
});

it('shows what matched where that is not what was typed', () => {
  expect(whyWords({ by: 'payload', text: '{"a":\n  4711}' })).toEqual({ label: 'payload', shown: '{"a": 4711}' });
  expect(whyWords({ by: 'id', text: '1' })).toEqual({ label: 'by its id', shown: null });
});

it('cuts a text at what was looked for', () => {
  expect(cutAt('region:EU-1', 'eu')).toEqual(['region:', 'EU', '-1']);
  expect(cutAt('Z\\u00fcrich', 'Zürich')).toBeNull();
});
