import { readFileSync } from 'node:fs';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type LookupFunction, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createAddressGuard } from './guardAddress.ts';
import { createSender, type SenderOptions, type SendRequest } from './sender.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const loopback = createAddressGuard(['127.0.0.0/8', '::1/128']);

function startSender(options: Partial<SenderOptions> = {}) {
  const sender = createSender({ guard: loopback, userAgent: 'relay-test', ...options });
  closers.push(() => sender.close());
  return (url: string, request: Partial<SendRequest> = {}) =>
    sender.send({ url, headers: {}, body: '{"a":1}', timeoutMs: 5000, ...request });
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const serve = async (respond: RequestListener) => `http://127.0.0.1:${await listen(http.createServer(respond))}/hook`;

/** A server that speaks whatever `onRequest` writes; it is called for each chunk that ends a request. */
async function serveRaw(onRequest: (socket: Socket, requestOnSocket: number, socketNumber: number) => void) {
  let sockets = 0;
  const server = net.createServer((socket) => {
    const number = ++sockets;
    let requests = 0;
    socket.on('data', () => onRequest(socket, ++requests, number));
  });
  return { url: `http://127.0.0.1:${await listen(server)}/hook`, sockets: () => sockets };
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('a delivered request', () => {
  it('is a POST with the given headers and the byte-identical body', async () => {
    let seen: unknown;
    const url = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen = {
          method: request.method,
          url: request.url,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        };
        response.writeHead(201, { 'X-Answer': ['a', 'b'], 'set-cookie': ['c=1', 'd=2'] }).end('grüezi');
      });
    });
    const body = '{"id":12345678901234567890,"z":1.10,"a":"ü"}';
    const result = await startSender()(`${url}?q=1`, {
      body,
      headers: { 'webhook-id': 'evt_1', 'content-type': 'application/json' },
    });
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/hook?q=1',
      body,
      headers: {
        'webhook-id': 'evt_1',
        'content-type': 'application/json',
        'user-agent': 'relay-test',
        'content-length': String(Buffer.byteLength(body)),
      },
    });
    expect(result).toMatchObject({
      error: null,
      retryAfterMs: null,
      response: { status: 201, body: 'grüezi', headers: { 'x-answer': 'a, b', 'set-cookie': 'c=1\nd=2' } },
    });
    expect(result.startedAt).toBeInstanceOf(Date);
    expect(Number.isInteger(result.durationMs)).toBe(true);
  });

  it('goes over a kept-alive connection', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().on('end', () => response.end('ok'));
    });
    const send = startSender({ maxConnectionsPerOrigin: 1 });
    for (let i = 0; i < 5; i++) expect((await send(url)).response?.status).toBe(200);
    expect(ports.size).toBe(1);
  });

  it('keeps to the connection limit, and all requests are answered', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().on('end', () => setImmediate(() => response.end('ok')));
    });
    const send = startSender({ maxConnectionsPerOrigin: 3 });
    const results = await Promise.all(Array.from({ length: 30 }, () => send(url)));
    expect(results.map(({ response }) => response?.status)).toEqual(Array.from({ length: 30 }, () => 200));
    expect(ports.size).toBeLessThanOrEqual(3);
  });

  it('is not confused by informational responses', async () => {
    const { url } = await serveRaw((socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${OK}`));
    expect((await startSender()(url)).response).toMatchObject({ status: 200, body: 'ok' });
  });

  it('has no response yet when only an informational one came', async () => {
    const { url } = await serveRaw((socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n'));
    expect(await startSender()(url)).toMatchObject({ response: null, error: { code: 'reset' } });
  });
});

describe('any other answer', () => {
  it.each([301, 302, 303, 307, 308])('never follows a %i redirect', async (status) => {
    const paths: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url);
      request.resume().on('end', () => response.writeHead(status, { location: '/elsewhere' }).end());
    });
    const result = await startSender()(url);
    expect(result).toMatchObject({ error: null, response: { status, headers: { location: '/elsewhere' } } });
    expect(paths).toEqual(['/hook']);
  });

  it('reads Retry-After of a 503', async () => {
    const url = await serve((_, response) => response.writeHead(503, { 'Retry-After': '7' }).end('busy'));
    expect(await startSender()(url)).toMatchObject({ retryAfterMs: 7000, response: { status: 503, body: 'busy' } });
  });
});

describe('a response body', () => {
  const answerWith = async (body: Buffer | string) => {
    const url = await serve((request, response) => request.resume().on('end', () => response.end(body)));
    return (await startSender()(url)).response?.body;
  };

  it.each(['é', '€', '🎉'])('is cut at 16 KiB, between characters: %s', async (character) => {
    const kept = Math.floor(16_383 / Buffer.byteLength(character));
    expect(await answerWith(`x${character.repeat(10_000)}`)).toBe(`x${character.repeat(kept)}`);
  });

  it('of exactly 16 KiB is whole', async () => {
    expect(await answerWith('x'.repeat(16_384))).toHaveLength(16_384);
    expect(await answerWith('x'.repeat(16_385))).toHaveLength(16_384);
  });

  it('has U+FFFD for NUL and for bytes that are no UTF-8', async () => {
    expect(await answerWith(Buffer.from([0x61, 0, 0x62, 0xff, 0x63]))).toBe('a\uFFFDb\uFFFDc');
  });

  it('that is not text still fits into 16 KiB', async () => {
    expect(Buffer.byteLength((await answerWith(Buffer.alloc(16_384, 0xff))) ?? '')).toBeLessThanOrEqual(16_384);
  });

  it('longer than what is kept leaves the connection usable', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().on('end', () => response.end('x'.repeat(500_000)));
    });
    const send = startSender({ maxConnectionsPerOrigin: 1 });
    await send(url);
    expect((await send(url)).response?.body).toHaveLength(16_384);
    expect(ports.size).toBe(1);
  });

  it('without end is given up after a mebibyte, as a complete response', async () => {
    const closed: boolean[] = [];
    const url = await serve((request, response) => {
      response.on('close', () => closed.push(true));
      request.resume();
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', pour);
      pour();
    });
    const result = await startSender()(url, { timeoutMs: 30_000 });
    expect(result).toMatchObject({ error: null, response: { status: 200, body: 'x'.repeat(16_384) } });
    await expect.poll(() => closed).toEqual([true]);
  });
});

describe('response headers', () => {
  it('are kept up to 8 KiB', async () => {
    const url = await serve((_, response) =>
      response.writeHead(200, { a: 'x'.repeat(6000), b: 'x'.repeat(6000), c: 'y' }).end(),
    );
    const headers = (await startSender()(url)).response?.headers ?? {};
    expect(headers.a).toHaveLength(6000);
    expect(headers.b).toBeUndefined();
    expect(headers.c).toBe('y');
  });

  it('have U+FFFD for NUL, which PostgreSQL cannot hold, and no blanks at their ends', async () => {
    const { url } = await serveRaw((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nx: a\0b \t\r\ncontent-length: 2\r\n\r\nok'),
    );
    expect(await startSender()(url)).toMatchObject({ error: null, response: { headers: { x: 'a\uFFFDb' } } });
  });

  it('beyond what HTTP parsers take are an invalid response', async () => {
    const { url } = await serveRaw((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(300_000)}\r\n\r\n`));
    expect((await startSender()(url)).error?.code).toBe('invalid_response');
  });
});

describe('the deadline', () => {
  it('covers the wait for a response', async () => {
    const url = await serve(() => undefined);
    const result = await startSender()(url, { timeoutMs: 60 });
    expect(result).toMatchObject({ response: null, error: { code: 'timeout', message: 'No response within 60 ms' } });
  });

  it('covers a response that drips', async () => {
    const url = await serve((_, response) => {
      const timer = setInterval(() => response.write('.'), 5);
      response.on('close', () => clearInterval(timer));
    });
    const result = await startSender()(url, { timeoutMs: 100 });
    expect(result).toMatchObject({
      error: { code: 'timeout', message: 'The response did not end within 100 ms' },
      response: { status: 200 },
    });
  });

  it('covers headers that drip', async () => {
    const { url } = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x: y\r\n'), 5);
      socket.on('close', () => clearInterval(timer));
    });
    expect((await startSender()(url, { timeoutMs: 100 })).error?.code).toBe('timeout');
  });

  it('covers name resolution', async () => {
    const url = await serve((_, response) => response.end());
    const neverAnswering: LookupFunction = () => undefined;
    const result = await startSender({ lookup: neverAnswering })(url.replace('127.0.0.1', 'slow.test'), {
      timeoutMs: 50,
    });
    expect(result.error).toEqual({ code: 'dns', message: 'The host name was not resolved within 50 ms' });
  });

  it('covers a TLS handshake that is never answered', async () => {
    const { url } = await serveRaw(() => undefined);
    expect((await startSender()(url.replace('http:', 'https:'), { timeoutMs: 80 })).error?.code).toBe(
      'connect_timeout',
    );
  });

  it('frees the connection slot of a request that ran out of time', async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      if (++requests > 1) response.end('ok');
    });
    const send = startSender({ maxConnectionsPerOrigin: 1 });
    expect((await send(url, { timeoutMs: 50 })).error?.code).toBe('timeout');
    expect((await send(url)).response?.status).toBe(200);
  });
});

describe('failures are told apart', () => {
  it('a refused connection', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { error, response } = await startSender()(`http://127.0.0.1:${port}/`);
    expect(error).toEqual({ code: 'connect_refused', message: 'The connection was refused' });
    expect(response).toBeNull();
  });

  it('a name that does not resolve', async () => {
    const { error } = await startSender()('http://does-not-exist.invalid/');
    expect(error?.code).toBe('dns');
  });

  it('a name that takes longer than a connection may', async () => {
    const neverAnswering: LookupFunction = () => undefined;
    const send = startSender({ lookup: neverAnswering, connectTimeoutMs: 50 });
    expect((await send('http://slow.test/', { timeoutMs: 20_000 })).error).toEqual({
      code: 'dns',
      message: 'The host name could not be resolved (ETIMEOUT)',
    });
  });

  it('a hang-up on a new connection, which is not tried again', async () => {
    const { url, sockets } = await serveRaw((socket) => socket.end());
    expect((await startSender()(url)).error).toEqual({
      code: 'reset',
      message: 'The connection was closed before a response came',
    });
    expect(sockets()).toBe(1);
  });

  it('a reset on a new connection', async () => {
    const { url, sockets } = await serveRaw((socket) => socket.resetAndDestroy());
    expect((await startSender()(url)).error?.code).toBe('reset');
    expect(sockets()).toBe(1);
  });

  it('a response that breaks off, with what had come of it', async () => {
    const { url } = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbeginning');
      setImmediate(() => socket.destroy());
    });
    expect(await startSender()(url)).toMatchObject({
      error: { code: 'reset', message: 'The connection was closed before the response was complete' },
      response: { status: 200, body: 'beginning' },
    });
  });

  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
  ])('an invalid response: %s', async (_, text) => {
    const { url } = await serveRaw((socket) => socket.write(text));
    expect((await startSender()(url)).error?.code).toBe('invalid_response');
  });

  it('a URL that is none', async () => {
    expect((await startSender()('nonsense')).error?.code).toBe('target_not_allowed');
  });

  it('a header that cannot be sent', async () => {
    const url = await serve((_, response) => response.end());
    expect((await startSender()(url, { headers: { 'x-a': 'b\r\nc' } })).error?.code).toBe('network');
  });
});

describe('TLS', () => {
  const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}.pem`, import.meta.url));
  const serveTls = async (name: string, options: https.ServerOptions = {}) => {
    const pair = { cert: fixture(`${name}.cert`), key: fixture(`${name}.key`) };
    const server = https.createServer({ ...pair, ...options }, (request, response) =>
      request.resume().on('end', () => response.end('ok')),
    );
    server.on('tlsClientError', () => undefined);
    return listen(server);
  };

  it('delivers when the certificate is trusted and for that host', async () => {
    const port = await serveTls('localhost');
    const send = startSender({ ca: fixture('localhost.cert') });
    expect(await send(`https://localhost:${port}/`)).toMatchObject({ error: null, response: { status: 200 } });
    expect(await send(`https://127.0.0.1:${port}/`)).toMatchObject({ error: null, response: { status: 200 } });
  });

  it('goes over a kept-alive connection, and the next connection resumes the session', async () => {
    const sessions: boolean[] = [];
    const pair = { cert: fixture('localhost.cert'), key: fixture('localhost.key') };
    let answers = 0;
    const server = https.createServer(pair, (request, response) => {
      const isLast = ++answers === 2;
      request.resume().on('end', () => response.writeHead(200, isLast ? { connection: 'close' } : {}).end('ok'));
    });
    server.on('secureConnection', (socket) => sessions.push(socket.isSessionReused()));
    const url = `https://localhost:${await listen(server)}/`;
    const send = startSender({ ca: fixture('localhost.cert') });
    for (let number = 0; number < 4; number++) expect((await send(url)).response?.status).toBe(200);
    expect(sessions).toEqual([false, true]);
  });

  it('goes through an egress proxy, with the name for the certificate and the address for the proxy', async () => {
    const port = await serveTls('localhost');
    const targets: (string | undefined)[] = [];
    const proxy = http.createServer().on('connect', (request, client: Socket) => {
      targets.push(request.url);
      const upstream = net.connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
      closers.push(() => void upstream.destroy());
    });
    const lookup: LookupFunction = (_hostname, _options, callback) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    const proxyUrl = `http://127.0.0.1:${await listen(proxy)}`;
    const send = startSender({ ca: fixture('localhost.cert'), proxyUrl, lookup });
    expect(await send(`https://localhost:${port}/`)).toMatchObject({ error: null, response: { status: 200 } });
    expect(targets).toEqual([`127.0.0.1:${port}`]);
  });

  it('tells when a receiver wants a client certificate', async () => {
    const port = await serveTls('localhost', { requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' });
    expect((await startSender({ ca: fixture('localhost.cert') })(`https://localhost:${port}/`)).error).toEqual({
      code: 'tls',
      message: 'TLS failed: the server wants a client certificate (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)',
    });
  });

  it('refuses a certificate of an unknown authority, even when the environment says otherwise', async () => {
    const port = await serveTls('localhost');
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect((await startSender()(`https://localhost:${port}/`)).error).toEqual({
        code: 'tls',
        message: 'TLS failed: the certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)',
      });
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  it('refuses a certificate for another host', async () => {
    const port = await serveTls('otherName');
    const { error } = await startSender({ ca: fixture('otherName.cert') })(`https://localhost:${port}/`);
    expect(error).toEqual({
      code: 'tls',
      message: 'TLS failed: the certificate is for another host name (ERR_TLS_CERT_ALTNAME_INVALID)',
    });
  });

  it('refuses a server that speaks plain HTTP', async () => {
    const url = await serve((_, response) => response.end());
    expect((await startSender()(url.replace('http:', 'https:'))).error?.code).toBe('tls');
  });

  it('refuses a server that hangs up during the handshake', async () => {
    const { url } = await serveRaw((socket) => socket.destroy());
    expect((await startSender()(url.replace('http:', 'https:'))).error?.code).toBe('tls');
  });
});

describe('targets that are not allowed', () => {
  const closed = createAddressGuard([]);
  const resolvingTo =
    (...addresses: string[]): LookupFunction =>
    (_hostname, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );

  it.each([
    'http://127.0.0.1:PORT/',
    'http://2130706433:PORT/',
    'http://localhost:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
  ])('are never connected to: %s', async (pattern) => {
    const { url, sockets } = await serveRaw((socket) => socket.write(OK));
    const target = pattern.replace('PORT', new URL(url).port);
    const { error } = await startSender({ guard: closed })(target);
    expect(error).toEqual({ code: 'target_not_allowed', message: 'The target is not allowed: loopback address' });
    expect(sockets()).toBe(0);
  });

  it('are found out when a name resolves to them', async () => {
    const { url, sockets } = await serveRaw((socket) => socket.write(OK));
    const send = startSender({ guard: closed, lookup: resolvingTo('127.0.0.1') });
    const { error } = await send(url.replace('127.0.0.1', 'rebound.test'));
    expect(error).toEqual({
      code: 'target_not_allowed',
      message: 'The target is not allowed: loopback address, found by resolving the name',
    });
    expect(sockets()).toBe(0);
  });

  it('are judged at every new connection, not only at the first', async () => {
    const { url, sockets } = await serveRaw((socket) => socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n`));
    let lookups = 0;
    const guard = createAddressGuard(['127.0.0.1/32']);
    const rebinding: LookupFunction = (hostname, options, callback) =>
      resolvingTo(++lookups === 1 ? '127.0.0.1' : '127.0.0.2')(hostname, options, callback);
    const send = startSender({ guard, lookup: rebinding });
    const target = url.replace('127.0.0.1', 'rebound.test');
    expect((await send(target)).response?.status).toBe(200);
    expect((await send(target)).error?.code).toBe('target_not_allowed');
    expect(sockets()).toBe(1);
  });

  it('do not stop a name that also has an allowed address', async () => {
    const { url } = await serveRaw((socket) => socket.write(OK));
    const guard = createAddressGuard(['127.0.0.1/32']);
    const send = startSender({ guard, lookup: resolvingTo('10.0.0.1', '127.0.0.1') });
    expect((await send(url.replace('127.0.0.1', 'mixed.test'))).response?.status).toBe(200);
  });
});

describe('a kept-alive connection that the receiver closes at the wrong moment', () => {
  it.each([
    ['closed', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('is replaced at once, %s before any response byte', async (_, hangUp) => {
    const { url, sockets } = await serveRaw((socket, request, number) => {
      if (number === 1 && request === 2) hangUp(socket);
      else socket.write(OK);
    });
    const send = startSender({ maxConnectionsPerOrigin: 1 });
    expect((await send(url)).response?.status).toBe(200);
    expect(await send(url)).toMatchObject({ error: null, response: { status: 200, body: 'ok' } });
    expect(sockets()).toBe(2);
  });

  it('is replaced only once', async () => {
    const { url, sockets } = await serveRaw((socket, request, number) => {
      if (number === 1 && request === 1) socket.write(OK);
      else socket.end();
    });
    const send = startSender({ maxConnectionsPerOrigin: 1 });
    await send(url);
    expect((await send(url)).error?.code).toBe('reset');
    expect(sockets()).toBe(2);
  });

  it('is not replaced when a response had begun', async () => {
    const { url, sockets } = await serveRaw((socket, request) => {
      if (request === 1) socket.write(OK);
      else socket.end('HTTP/1.1 2');
    });
    const send = startSender({ maxConnectionsPerOrigin: 1 });
    await send(url);
    expect((await send(url)).error).not.toBeNull();
    expect(sockets()).toBe(1);
  });

  it('loses nothing when connections are closed all the time', async () => {
    const received = new Map<string, number>();
    const server = http.createServer({ keepAliveTimeout: 1, connectionsCheckingInterval: 5 }, (request, response) => {
      const id = String(request.headers['webhook-id']);
      request.resume().on('end', () => {
        received.set(id, (received.get(id) ?? 0) + 1);
        response.removeHeader('keep-alive');
        response.end('ok');
      });
    });
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const send = startSender();
    const failures: unknown[] = [];
    const worker = async (name: number) => {
      for (let i = 0; i < 60; i++) {
        const { error } = await send(url, { headers: { 'webhook-id': `${name}-${i}` } });
        if (error) failures.push(error);
        if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, i % 7));
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, name) => worker(name)));
    expect(failures).toEqual([]);
    expect(received.size).toBe(600);
  });
});

describe('an egress proxy', () => {
  async function startProxy() {
    const targets: (string | undefined)[] = [];
    const proxy = http.createServer().on('connect', (request, client: Socket, head: Buffer) => {
      targets.push(request.url);
      const upstream = net.connect(Number(request.url?.split(':').pop()), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.write(head);
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
      closers.push(() => void upstream.destroy());
    });
    return { proxyUrl: `http://127.0.0.1:${await listen(proxy)}`, targets };
  }

  it('carries the requests, over kept-alive connections too', async () => {
    const { proxyUrl, targets } = await startProxy();
    const url = await serve((request, response) => request.resume().on('end', () => response.end('ok')));
    const send = startSender({ proxyUrl, maxConnectionsPerOrigin: 1 });
    expect((await send(url)).response?.status).toBe(200);
    expect((await send(url)).response?.status).toBe(200);
    expect(targets).toEqual([new URL(url).host]);
  });

  it('is asked for the address that was judged, however it would resolve the name', async () => {
    const { proxyUrl, targets } = await startProxy();
    const url = await serve((_, response) => response.end('ok'));
    const lookup: LookupFunction = (_hostname, _options, callback) =>
      callback(null, [
        { address: '10.0.0.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    expect((await startSender({ proxyUrl, lookup })(url.replace('127.0.0.1', 'mixed.test'))).response?.status).toBe(
      200,
    );
    expect(targets).toEqual([new URL(url).host]);
  });

  it('is not asked for a name that cannot be judged, since nobody here resolves it', async () => {
    const { proxyUrl, targets } = await startProxy();
    expect((await startSender({ proxyUrl })('http://internal.invalid/')).error?.code).toBe('dns');
    expect(targets).toEqual([]);
  });

  it('is not asked for a target that is not allowed', async () => {
    const { proxyUrl, targets } = await startProxy();
    const inside: LookupFunction = (_hostname, _options, callback) =>
      callback(null, [{ address: '10.0.0.1', family: 4 }]);
    const send = startSender({ proxyUrl, guard: createAddressGuard([]), lookup: inside });
    expect((await send('http://127.0.0.1/')).error?.code).toBe('target_not_allowed');
    expect((await send('http://inside.test/')).error?.code).toBe('target_not_allowed');
    expect(targets).toEqual([]);
  });

  it('that refuses is a network error', async () => {
    const proxy = http
      .createServer()
      .on('connect', (_request, client: Socket) => client.end('HTTP/1.1 403 No\r\n\r\n'));
    const proxyUrl = `http://127.0.0.1:${await listen(proxy)}`;
    expect((await startSender({ proxyUrl })('http://127.0.0.1:9/')).error?.code).toBe('network');
  });
});

describe('closing', () => {
  it('waits for the sends under way', async () => {
    let answer = () => undefined as void;
    const asked = new Promise<void>((resolve) => {
      void serve((_, response) => {
        answer = () => void response.end('ok');
        resolve();
      }).then((url) => {
        results.push(sender.send({ url, headers: {}, body: '', timeoutMs: 5000 }));
      });
    });
    const sender = createSender({ guard: loopback, userAgent: 'relay-test' });
    const results: Promise<unknown>[] = [];
    await asked;
    const closing = sender.close();
    answer();
    await closing;
    expect(await results[0]).toMatchObject({ error: null, response: { status: 200 } });
  });

  it('fails later sends without throwing', async () => {
    const sender = createSender({ guard: loopback, userAgent: 'relay-test' });
    await sender.close();
    const result = await sender.send({ url: 'http://127.0.0.1:9/', headers: {}, body: '', timeoutMs: 1000 });
    expect(result.error?.code).toBe('network');
  });
});
