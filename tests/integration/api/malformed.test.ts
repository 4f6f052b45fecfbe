import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../../contract/problem.ts';
import { startTestApi } from './support.ts';

let url: string;
let webRoot: string;
beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), 'relay-malformed-'));
  await writeFile(join(webRoot, 'index.html'), '<h1>Relay</h1>');
  ({ url } = await startTestApi({ webRoot }));
});
afterAll(() => rm(webRoot, { recursive: true }));

/** Sends bytes as they are; answers with status, headers and the problem of the first answer. */
async function send(bytes: string | Buffer): Promise<{ status: number; headers: Headers; problem: Problem }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(bytes);
  await once(socket, 'close');
  const [head = '', body = ''] = Buffer.concat(chunks).toString('utf8').split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(': ')[0] ?? '', line.split(': ')[1] ?? '']),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, problem: JSON.parse(body) as Problem };
}

describe('what never gets to the application is a problem with a request id all the same', () => {
  it.each<[string, string | Buffer, number, string]>([
    ['no HTTP', 'hello\r\n\r\n', 400, 'malformed_request'],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex'), 400, 'malformed_request'],
    ['an unknown method', 'BREW /api/events HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed_request'],
    ['a blank in the path', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed_request'],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400, 'malformed_request'],
    ['two Hosts', 'GET /healthz HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n', 400, 'malformed_request'],
    ['a target without a host', 'GET http:// HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed_request'],
    ['a fragment in the target', 'GET //#@# HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed_request'],
    ['a space that is not ASCII', 'GET //a\u00a0@x HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed_request'],
    ['a target whose host is none', 'GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed_request'],
    [
      'two lengths',
      'POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
      'malformed_request',
    ],
    [
      'a length beside chunks',
      'POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'a line feed in a header',
      'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\nb\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      '20 KiB of headers',
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
  ])('%s', async (_, bytes, status, code) => {
    const answer = await send(bytes);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.problem).toMatchObject({ status, code, requestId: answer.headers.get('x-request-id') });
  });

  it('an unknown expectation is not refused by the server on its own', async () => {
    const bytes = 'GET /api/events HTTP/1.1\r\nHost: x\r\nExpect: a-cookie\r\nConnection: close\r\n\r\n';
    expect(await send(bytes)).toMatchObject({ status: 401, problem: { code: 'unauthorized' } });
  });

  it.each(['//', '//api/events', '//docs', '/%2Fapi/events', '/%2f%2fx', '/\\x', '/%5Cx', '/C:%5cx', '*'])(
    'GET %s finds nothing, with the dashboard there, too',
    async (target) => {
      const bytes = `GET ${target} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n`;
      expect(await send(bytes)).toMatchObject({ status: 404, problem: { code: 'not_found' } });
    },
  );

  it('a whole address as the target is its path', async () => {
    const bytes = 'GET http://x/api/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    expect(await send(bytes)).toMatchObject({ status: 401, problem: { code: 'unauthorized' } });
  });
});
