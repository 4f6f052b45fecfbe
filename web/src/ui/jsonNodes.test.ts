import { expect, test } from 'vitest';
import { depthWithin, jsonNodes, sizeOf } from './jsonNodes.ts';
import { printJson } from './printJson.ts';

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
  expect(jsonNodes('"text"')).toEqual({
    name: null,
    key: null,
    kind: 'string',
    text: '"text"',
    children: [],
  });
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

test('printed anew, every value and name is as it was written', () => {
  const text = '{"z":12345678901234567890,"\\u0061":[1.50,{},[],{"b":null}],"é":"\\ud83d\\ude00"}';
  const printed = printJson(jsonNodes(text) ?? raise());
  expect(printed).toBe(`{
  "z": 12345678901234567890,
  "\\u0061": [
    1.50,
    {},
    [],
    {
      "b": null
    }
  ],
  "é": "\\ud83d\\ude00"
}`);
});

function raise(): never {
  throw new Error('It is no JSON');
}

test('a list of thousands opens no deeper than its rows allow', () => {
  const root = jsonNodes(`{"list":[${Array.from({ length: 3000 }, (_, n) => `{"n":${n}}`).join(',')}]}`) ?? raise();
  expect([depthWithin(root, 100), depthWithin(root, 300), depthWithin(root, 2000)]).toEqual([1, 2, 1000]);
});
