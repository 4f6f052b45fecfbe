import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createConnections } from './connections.ts';
import { TargetNotAllowedError } from './errors.ts';
import { createAddressGuard } from './guardAddress.ts';
import { createNames } from './names.ts';

let connected = 0;
const server = net.createServer((socket) => {
  connected += 1;
  socket
    .on('error', () => undefined)
    .resume()
    .end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n');
});

beforeEach(async () => {
  connected = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  // It stops listening at once; what is left of a refused connection need not be waited for.
  server.close();
});

async function get(host: string, allowedCidrs: string[]) {
  const guard = createAddressGuard(allowedCidrs);
  const connections = createConnections({
    guard,
    connectTimeoutMs: 2000,
    maxConnectionsPerOrigin: null,
    lookup: createNames(),
    keepAlive: true,
  });
  try {
    const { port } = server.address() as AddressInfo;
    const options = {
      host,
      port,
      agent: connections.agents['http:'],
      dialling: { signal: new AbortController().signal },
    };
    return await new Promise((resolve, reject) => {
      http.get(options, ({ statusCode }) => resolve(statusCode)).on('error', reject);
    });
  } finally {
    connections.destroy();
  }
}

describe('connections', () => {
  it.each(['127.0.0.1', '::ffff:127.0.0.1', 'localhost'])(
    'to %s are made only when the guard allows them',
    async (host) => {
      await expect(get(host, [])).rejects.toThrow(TargetNotAllowedError);
      expect(connected).toBe(0);
      await expect(get(host, ['127.0.0.0/8', '::1/128'])).resolves.toBe(204);
      expect(connected).toBe(1);
    },
  );
});
