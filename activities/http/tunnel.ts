import http from 'node:http';
import type { Socket } from 'node:net';

/**
 * Asks a forward proxy to connect us to an address (CONNECT, RFC 9110 §9.3.6).
 * @param socket a connection to the proxy; closed when it refuses.
 * @param authority the address and port to connect to.
 * @throws what broke off; without a code when the proxy refused.
 */
export function tunnel(socket: Socket, proxy: URL, authority: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { host: authority };
    if (proxy.username) headers['proxy-authorization'] = basicAuth(proxy);
    const request = http.request({
      method: 'CONNECT',
      path: authority,
      headers,
      createConnection: () => socket,
      signal,
    });
    request.on('error', reject);
    request.on('connect', ({ statusCode = 0 }, tunnelled: Socket, head) => {
      if (statusCode >= 200 && statusCode <= 299 && head.length === 0) return resolve(tunnelled);
      tunnelled.destroy();
      reject(new Error('The proxy refused'));
    });
    request.end();
  });
}

function basicAuth({ username, password }: URL): string {
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
