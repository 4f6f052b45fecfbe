import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { Nullable, Strict } from './primitives.ts';
import { defaultsOf, jsonSettings, membersOf, merged, settingsIn, withDefault, withSent } from './settingsTable.ts';
import { DEFAULT_SETTINGS, SETTINGS } from './webhookSettings.ts';

const Colour = Type.String({ enum: ['red', 'blue'] });
const Sizes = Type.Object({ width: Type.Integer(), height: Type.Integer() });
const TABLE = {
  ...SETTINGS,
  colour: withDefault(Colour, 'red'),
  sizes: merged(Type.Partial(Sizes), { width: 1, height: 1 }, Sizes),
  rules: withDefault(Nullable(Type.Array(Type.Object({}))), null),
};
const given = { name: 'Billing', url: 'https://example.com/', eventTypes: ['*'] };
const stored = { ...DEFAULT_SETTINGS, ...given, colour: 'blue', sizes: { width: 3, height: 4 }, rules: [{}] };

test('a new line of the table is a member of every request and of the answer', () => {
  const { whole, patch, shown } = membersOf(TABLE);
  expect(Strict(whole).required).toEqual(['name', 'url', 'eventTypes']);
  expect(Strict(patch).required ?? []).toEqual([]);
  for (const members of [whole, patch, shown]) expect(members.colour).toMatchObject({ enum: ['red', 'blue'] });
  expect(Type.Object(shown).required).toEqual(Object.keys(TABLE));
  expect(shown.sizes).toBe(Sizes);
});

test('what a whole webhook leaves out has its default', () => {
  const whole = withSent(TABLE, { ...given, sizes: { width: 2 } }, defaultsOf(TABLE));
  expect(whole).toEqual({ ...DEFAULT_SETTINGS, ...given, colour: 'red', sizes: { width: 2, height: 1 }, rules: null });
});

test('what a change leaves out stays, and null is a value', () => {
  expect(withSent(TABLE, { colour: 'red', name: undefined }, stored)).toEqual({ ...stored, colour: 'red' });
  expect(withSent(TABLE, { sizes: { height: 9 } }, stored).sizes).toEqual({ width: 3, height: 9 });
  expect(withSent(TABLE, { rules: null }, stored).rules).toBeNull();
});

test('what is no setting is neither shown nor stored', () => {
  const row = { ...stored, id: 'x', secret: 'whsec_' };
  expect(settingsIn(TABLE, row)).toEqual(stored);
  expect(withSent(TABLE, row, stored)).toEqual(stored);
});

test('objects and lists of them are kept as JSON', () => {
  expect(jsonSettings(TABLE)).toEqual([
    'headers',
    'filter',
    'signatures',
    'auth',
    'tls',
    'retryPolicy',
    'rateLimit',
    'ordering',
    'sizes',
    'rules',
  ]);
});
