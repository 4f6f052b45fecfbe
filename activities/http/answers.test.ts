import net, { type AddressInfo, type LookupFunction, type Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createAddressGuard } from './guardAddress.ts';
import { createSender, type SenderOptions, type SendRequest } from './sender.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Receiver {
  url: string;
  port: number;
  requests: () => number;
  connections: () => number;
  /** What has come over all connections. */
  received: () => string;
}

/** A receiver that answers each request as told, byte for byte. */
async function receive(answer: (socket: Socket, request: number) => void, host = '127.0.0.1'): Promise<Receiver> {
  const sockets = new Set<Socket>();
  let requests = 0;
  let received = '';
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      answer(socket, ++requests);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    requests: () => requests,
    connections: () => sockets.size,
    received: () => received,
  };
}

function startSender(options: Partial<SenderOptions> = {}) {
  const sender = createSender({
    guard: createAddressGuard(['127.0.0.0/8', '::1/128']),
    userAgent: 'relay-test',
    ...options,
  });
  closers.push(() => sender.close());
  return (url: string, request: Partial<SendRequest> = {}) =>
    sender.send({ url, headers: {}, body: '{"a":1}', timeoutMs: 5000, ...request });
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('an answer that other clients understand is understood', () => {
  it.each([
    ['100 Continue that nobody asked for', `HTTP/1.1 100 Continue\r\n\r\n${OK}`, 200, 'ok'],
    [
      '100, 102 and 103 before it',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 E\r\n\r\n${OK}`,
      200,
      'ok',
    ],
    ['a 204 that names a length', 'HTTP/1.1 204 No Content\r\ncontent-length: 15\r\n\r\n', 204, ''],
    ['a 204 with a body', 'HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\nbody', 204, ''],
    ['a 204 that is said to be chunked', 'HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n', 204, ''],
    ['a 304 that names a length', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 15\r\n\r\n', 304, ''],
    ['headers of 200 KiB', `HTTP/1.1 200 OK\r\nx: ${'v'.repeat(200_000)}\r\ncontent-length: 2\r\n\r\nok`, 200, 'ok'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nx-a: a\r\n b\r\ncontent-length: 2\r\n\r\nok', 200, 'ok'],
    ['lines that end with LF alone', 'HTTP/1.1 200 OK\ncontent-length: 2\n\nok', 200, 'ok'],
    [
      'a length beside chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      200,
      'ok',
    ],
    [
      'chunk sizes that are padded',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2  \r\nok\r\n0\r\n\r\n',
      200,
      'ok',
    ],
  ])('%s', async (_, text, status, body) => {
    const receiver = await receive((socket) => socket.write(text));
    expect(await startSender()(receiver.url)).toMatchObject({ error: null, response: { status, body } });
    expect([receiver.requests(), receiver.connections()]).toEqual([1, 1]);
  });

  it('a folded header has its value on one line', async () => {
    const { url } = await receive((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nx-a: a\r\n b\r\ncontent-length: 2\r\n\r\nok'),
    );
    expect((await startSender()(url)).response?.headers['x-a']).toMatch(/^a\s+b$/);
  });

  it('and nothing that comes after it is taken for the next one', async () => {
    const { url, requests } = await receive((socket, request) => {
      socket.write(
        request === 1
          ? 'HTTP/1.1 204 No Content\r\ncontent-length: 43\r\n\r\nHTTP/1.1 201 No\r\ncontent-length: 4\r\n\r\nevil'
          : OK,
      );
    });
    const send = startSender({ maxConnectionsPerOrigin: 1 });
    expect((await send(url)).response?.status).toBe(204);
    expect((await send(url)).response).toMatchObject({ status: 200, body: 'ok' });
    expect(requests()).toBe(2);
  });

  it('nor what comes while the connection is idle', async () => {
    const { url } = await receive((socket, request) => {
      socket.write(OK);
      if (request === 1) setTimeout(() => socket.write('HTTP/1.1 201 No\r\ncontent-length: 4\r\n\r\nevil'), 20);
    });
    const send = startSender({ maxConnectionsPerOrigin: 1 });
    await send(url);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await send(url)).response).toMatchObject({ status: 200, body: 'ok' });
  });

  it('a status below 100 is none', async () => {
    const { url } = await receive((socket) => socket.write('HTTP/1.1 000 OK\r\ncontent-length: 2\r\n\r\nok'));
    expect((await startSender()(url)).error?.code).toBe('invalid_response');
  });
});

describe('what a receiver makes us read is bounded', () => {
  const MIB = 1024 * 1024;
  /** Writes `text` until the other side has had enough; how much it took, in bytes. */
  async function flood(beginning: string, text: string, request: Partial<SendRequest> = {}) {
    let written = 0;
    const { url, connections } = await receive((socket) => {
      socket.write(beginning);
      const pour = () => {
        while (!socket.destroyed && socket.write(text));
        written = socket.bytesWritten;
      };
      socket.on('drain', pour).on('close', () => (written = socket.bytesWritten));
      pour();
    });
    const result = await startSender()(url, { timeoutMs: 20_000, ...request });
    return { result, written: () => written, connections: connections() };
  }

  it.each([
    ['interim answers', '', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(100)],
    ['large interim answers', '', `HTTP/1.1 103 Early Hints\r\nx: ${'x'.repeat(200_000)}\r\n\r\n`],
    ['headers', 'HTTP/1.1 200 OK\r\n', `x: ${'x'.repeat(1000)}\r\n`.repeat(10)],
    ['one header', 'HTTP/1.1 200 OK\r\nx: ', 'x'.repeat(10_000)],
    ['a status line', 'HTTP/1.1 200 ', 'x'.repeat(10_000)],
  ])('%s without end are no valid answer', async (_, beginning, text) => {
    const { result, connections } = await flood(beginning, text);
    expect(result).toMatchObject({ response: null, error: { code: 'invalid_response' } });
    expect(connections).toBe(1);
  });

  it.each([
    ['chunks of one byte', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n'.repeat(1000)],
    ['a body', 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(10_000)],
  ])('%s without end is given up after a mebibyte, as a complete answer', async (_, beginning, text) => {
    const { result, written, connections } = await flood(beginning, text);
    expect(result).toMatchObject({ error: null, response: { status: 200 } });
    expect(connections).toBe(1);
    // What lies in the buffers of two sockets is not read.
    expect(written()).toBeLessThan(16 * MIB);
  });
});

it('a chunk extension without end is no valid answer', async () => {
  const { url } = await receive((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;');
    const pour = () => {
      while (!socket.destroyed && socket.write('x'.repeat(10_000)));
    };
    socket.on('drain', pour);
    pour();
  });
  expect((await startSender()(url)).error?.code).toBe('invalid_response');
});

describe('one attempt opens one connection', () => {
  it('that is never answered', async () => {
    const receiver = await receive(() => undefined);
    expect((await startSender()(receiver.url, { timeoutMs: 60 })).error?.code).toBe('timeout');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([receiver.requests(), receiver.connections()]).toEqual([1, 1]);
  });

  it('that is cut off', async () => {
    const receiver = await receive((socket) => socket.end());
    expect((await startSender()(receiver.url)).error?.code).toBe('reset');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([receiver.requests(), receiver.connections()]).toEqual([1, 1]);
  });
});

describe('a compressed body', () => {
  const text = '{"error":"no such tenant"}';
  const answer = (coding: string, body: Buffer) =>
    receive((socket) => {
      const head = `HTTP/1.1 500 No\r\ncontent-encoding: ${coding}\r\ncontent-length: ${body.length}\r\n\r\n`;
      socket.write(Buffer.concat([Buffer.from(head), body]));
    });

  it('is not asked for', async () => {
    const receiver = await answer('identity', Buffer.from(text));
    expect((await startSender()(receiver.url)).response?.body).toBe(text);
    expect(receiver.received().toLowerCase()).toContain('\r\naccept-encoding: identity\r\n');
  });

  it.each([
    ['gzip', gzipSync(text)],
    ['X-GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
  ])('is kept as text: %s', async (coding, body) => {
    const { url } = await answer(coding, body);
    expect((await startSender()(url)).response).toMatchObject({ body: text, headers: { 'content-encoding': coding } });
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(200_000_000, 'x'))],
    ['br', brotliCompressSync(Buffer.alloc(200_000_000, 'x'))],
  ])(
    'is unpacked up to 16 KiB: %s',
    async (coding, body) => {
      const { url } = await answer(coding, body);
      expect((await startSender()(url, { timeoutMs: 20_000 })).response?.body).toBe('x'.repeat(16_384));
    },
    30_000,
  );

  it.each([
    ['gzip', 'not packed'],
    ['zstd', 'what nobody unpacks'],
  ])('is kept as it came when it is none, or unknown: %s', async (coding, body) => {
    const { url } = await answer(coding, Buffer.from(body));
    expect((await startSender()(url)).response?.body).toBe(body);
  });
});

it.each([
  ['text/plain; charset=iso-8859-1', Buffer.from('Grüße', 'latin1'), 'Grüße'],
  ['text/plain;charset="Shift_JIS"', Buffer.from('93fa967b', 'hex'), '日本'],
  ['text/plain; charset=utf-16le', Buffer.from('Grüße', 'utf16le'), 'Grüße'],
  ['text/plain; charset=unheard-of', Buffer.from('Grüße'), 'Grüße'],
  ['text/plain; charset=shift_jis', Buffer.from('93fa'.repeat(10_000), 'hex'), '日'.repeat(5461)],
])('a body is kept as the text that its charset says: %s', async (type, body, kept) => {
  const { url } = await receive((socket) => {
    const head = `HTTP/1.1 500 No\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n`;
    socket.write(Buffer.concat([Buffer.from(head), body]));
  });
  expect((await startSender()(url)).response?.body).toBe(kept);
});

describe('a name with several addresses', () => {
  const resolvingTo =
    (...addresses: string[]): LookupFunction =>
    (_hostname, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: net.isIP(address) })),
      );

  it('is tried at the next one when the first is refused', async () => {
    const { port, connections } = await receive((socket) => socket.write(OK), '127.0.0.2');
    const send = startSender({ lookup: resolvingTo('::1', '127.0.0.3', '127.0.0.2') });
    expect((await send(`http://several.test:${port}/`)).response?.status).toBe(200);
    expect(connections()).toBe(1);
  });

  it('fails with what tells most when none takes a connection', async () => {
    const { port } = await receive(() => undefined, '127.0.0.2');
    const send = startSender({ lookup: resolvingTo('127.0.0.3', '127.0.0.4') });
    expect((await send(`http://several.test:${port}/`)).error?.code).toBe('connect_refused');
  });
});
