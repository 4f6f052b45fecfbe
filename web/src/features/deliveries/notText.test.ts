import { expect, test } from 'vitest';
import { notText } from './notText.ts';

test.each([
  ['', null, null],
  ['the disk is full\r\n\tagain', {}, null],
  ['one odd \uFFFD in a longer text', {}, null],
  [
    '\uFFFDPNG\r\n\u001A\n\uFFFD\uFFFD',
    { 'content-type': 'image/png', 'content-length': '20480' },
    'image/png, 20,480 bytes',
  ],
  ['\uFFFD\uFFFD\uFFFD', { 'content-type': 'application/zip' }, 'application/zip'],
  ['\uFFFD\uFFFD\uFFFD', null, 'of no type'],
])('%j is told by what it is when it is not text', (body, headers, told) => {
  expect(notText(body, headers)).toBe(told);
});
