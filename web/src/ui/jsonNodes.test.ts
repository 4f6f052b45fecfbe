import { expect, test } from 'vitest';
import { jsonNodes, sizeOf } from './jsonNodes.ts';

test('a tree keeps numbers as they were written, and members in their order', () => {
  const tree = jsonNodes('{"z": 12345678901234567890, "a": [1.50, "x", null, true, {}]}');
  expect(tree?.children.map(({ name, kind, text }) => [name, kind, text])).toEqual([
    ['z', 'number', '12345678901234567890'],
    ['a', 'array', '[1.50, "x", null, true, {}]'],
  ]);
  expect(tree?.children[1]?.children.map(({ name, kind, text }) => [name, kind, text])).toEqual([
    ['0', 'number', '1.50'],
    ['1', 'string', '"x"'],
    ['2', 'null', 'null'],
    ['3', 'boolean', 'true'],
    ['4', 'object', '{}'],
  ]);
});

test('the outermost value has no name, and what is no JSON has no tree', () => {
  expect(jsonNodes('"text"')).toEqual({ name: null, kind: 'string', text: '"text"', children: [] });
  expect(jsonNodes('')).toBeNull();
});

test.each([
  ['{}', '0 members'],
  ['{"a":1}', '1 member'],
  ['[1]', '1 item'],
  ['[1,2]', '2 items'],
])('the size of %s reads "%s"', (text, size) => {
  const node = jsonNodes(text);
  expect(node && sizeOf(node)).toBe(size);
});
