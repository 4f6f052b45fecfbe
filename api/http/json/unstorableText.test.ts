import { expect, it } from 'vitest';
import { unstorableText } from './unstorableText.ts';

it.each([
  ['"a\\u0000"', ''],
  ['{"title":"\\u0000"}', '/title'],
  ['{"enum":["a",{"b":"\\ud83d"}]}', '/enum/1/b'],
  ['{"a":{"x/~\\ude00":1}}', '/a/x~1~0\ude00'],
  ['{"\\u0000":{"b":1}}', '/\u0000'],
  ['{"a":"\\ude00\\ud83d"}', '/a'],
  ['{"__proto__":"\\ud83d"}', '/__proto__'],
  ['{"a":"\\ud83d\\ude00\\uffff\\u0001","b":[1,null,true,"é"]}', null],
  ['{}', null],
])('of %s, what cannot be stored as it is is at %s', (text, path) => {
  expect(unstorableText(JSON.parse(text))).toBe(path);
});
