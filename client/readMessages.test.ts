import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readMessages, type StreamMessage } from './readMessages.ts';

async function read(...chunks: string[]): Promise<StreamMessage[]> {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  const messages: StreamMessage[] = [];
  for await (const message of readMessages(Readable.from(bytes))) messages.push(message);
  return messages;
}

const STREAM =
  'retry: 2000\nid: 7\n\n: still here\nid: 8\n\nid: 9\nevent: delivery.updated\ndata: {"a":\ndata: "ü"}\n\n';
const EXPECTED = [
  { id: '7', event: '', data: '', retryMs: 2000 },
  { id: '8', event: '', data: '', retryMs: null },
  { id: '9', event: 'delivery.updated', data: '{"a":\n"ü"}', retryMs: null },
];

test('reads ids, waits, comments and data of several lines', async () => {
  expect(await read(STREAM)).toEqual(EXPECTED);
});

test('reads the same however the stream is cut, and with any line ends', async () => {
  expect(await read(...STREAM)).toEqual(EXPECTED);
  for (const end of ['\r\n', '\r']) expect(await read(...STREAM.replaceAll('\n', end), '\n')).toEqual(EXPECTED);
});

test('leaves out what was not ended', async () => {
  expect(await read('event: a\ndata: 1\n\nevent: b\ndata: 2\n')).toHaveLength(1);
});
