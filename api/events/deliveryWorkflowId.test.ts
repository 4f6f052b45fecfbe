import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newId } from '../../store/ids.ts';
import { deliveryWorkflowId } from './deliveryWorkflowId.ts';

const webhookId = '01890a5d-ac96-774b-bcce-b302099a8057';
const eventId = '01890a5d-ac96-774b-bcce-b302099a8058';
const idOf = (idempotencyKey: string | null, clientId = 'acme', sequence?: number) =>
  deliveryWorkflowId({ clientId, idempotencyKey, eventId, webhookId, ...(sequence && { sequence }) });

const key = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 255,
});
/** Keys that are made to be mistaken for something else, beside any others. */
const awkwardKey = fc.oneof(
  key,
  fc.constantFrom(eventId, `~${eventId}`, `~~${eventId}`, '~', '~~', `${eventId}:${webhookId}`, `${eventId}:2`),
  fc.constantFrom('a', '~').chain((first) => fc.integer({ min: 180, max: 255 }).map((length) => first.repeat(length))),
  fc.integer({ min: 150, max: 255 }).map((length) => idOf('k'.repeat(length)).split(':').slice(2, -1).join(':')),
);

test('an ordinary key, and the id of an event without one, stand in the id as they are', () => {
  expect(idOf('order-4711')).toBe(`delivery:acme:order-4711:${webhookId}`);
  expect(idOf(null)).toBe(`delivery:acme:${eventId}:${webhookId}`);
  expect(idOf('order-4711', 'acme', 2)).toBe(`delivery:acme:order-4711:${webhookId}:2`);
});

test('a random UUID that is no event id stands in the id as it is', () => {
  expect(idOf('9b2f7c1e-4c53-4b5e-9f0a-3d2d1b0a9c8f')).toContain(':9b2f7c1e-4c53-4b5e-9f0a-3d2d1b0a9c8f:');
});

test('the key of the greatest length fits, with the longest client and a replay', () => {
  const id = idOf('~'.repeat(255), 'c'.repeat(64), 9_999_999);
  expect(id.length).toBeLessThanOrEqual(255);
});

test('two keys that differ only at the end have two ids', () => {
  expect(idOf(`${'k'.repeat(254)}a`)).not.toBe(idOf(`${'k'.repeat(254)}b`));
});

test('no key has the id of another key, nor of an event without one', () => {
  fc.assert(
    fc.property(awkwardKey, awkwardKey, (one, other) => {
      fc.pre(one !== other);
      expect(idOf(one)).not.toBe(idOf(other));
      expect(idOf(one)).not.toBe(idOf(null));
      expect(idOf(one).length).toBeLessThanOrEqual(255);
    }),
    { numRuns: 2000 },
  );
});

test("a new event's id never reads as anybody's key", () => {
  const id = newId();
  expect(deliveryWorkflowId({ clientId: 'acme', idempotencyKey: id, eventId, webhookId })).not.toBe(
    deliveryWorkflowId({ clientId: 'acme', idempotencyKey: null, eventId: id, webhookId }),
  );
});
