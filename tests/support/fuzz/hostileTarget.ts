import { connect } from 'node:net';
import fc, { type Arbitrary } from 'fast-check';

const PARTS = [
  ...[
    '/',
    '//',
    '\\',
    '/api/events',
    'api',
    '.',
    '..',
    '/./',
    '%2f',
    '%5C',
    '%00',
    '%',
    '%zz',
    '*',
    '?',
    '#',
    '@',
    ':',
    '&',
    '=',
  ],
  ...[
    'http://',
    'https://',
    'http://[',
    'http:// ',
    'HTTP://x',
    '127.0.0.1',
    '[::1]',
    ':80',
    ':99999',
    'é',
    '\u0000',
    'a'.repeat(2000),
  ],
];
const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS', 'TRACE', 'get', 'PRI'];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'http/1.1', ''];

/** Request lines that no HTTP client would send: absolute forms, stray characters, two slashes, other versions. */
export const hostileRequestLine: Arbitrary<string> = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: fc.constant('GET') }, { weight: 1, arbitrary: fc.constantFrom(...METHODS) }),
    fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 5 }).map((parts) => parts.join('')),
    fc.oneof({ weight: 8, arbitrary: fc.constant('HTTP/1.1') }, { weight: 1, arbitrary: fc.constantFrom(...VERSIONS) }),
  )
  .map((parts) => parts.join(' '));

/** Sends a request with that first line over a connection of its own. Answers with the text of what came until its end. */
export function sendLine(url: string, line: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server may close a connection on which no HTTP is spoken.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.setTimeout(20_000, () => {
      socket.destroy();
      reject(new Error('The connection was not ended within 20 s'));
    });
    socket.write(`${line}\r\nHost: relay\r\nConnection: close\r\n\r\n`, 'latin1');
  });
}
