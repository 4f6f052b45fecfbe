import { expect, it } from 'vitest';
import { jsonSpellings } from './jsonSpellings.ts';

it.each([
  ['4711', ['4711']],
  ['6" nail', ['6" nail', '6\\" nail']],
  ['Zürich', ['Zürich', 'Z\\u00fcrich']],
  ['a\\b', ['a\\b', 'a\\\\b']],
  ['🙂', ['🙂', '\\ud83d\\ude42']],
])('%s stands in JSON as %j', (text, spellings) => {
  expect(jsonSpellings(text)).toEqual(spellings);
});
