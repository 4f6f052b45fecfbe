import { request, type Agent } from 'node:http';
import type { HostileRequest } from './hostileRequest.ts';

export interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** Sends a request as it is. Of a stream only the beginning is read. */
export function sendHostile(
  url: string,
  agent: Agent,
  { method, path, headers, body }: HostileRequest,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  // Given here, since Node sends the headers at once when one of them is `Expect`.
  const length = body === null ? {} : { 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const sending = request({ hostname, port, agent, method, path, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = [];
      const answer = (): RawAnswer => ({
        status: response.statusCode ?? 0,
        headers: new Headers(
          Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]),
        ),
        text: Buffer.concat(chunks).toString('utf8'),
      });
      if (response.headers['content-type']?.startsWith('text/event-stream')) {
        resolve(answer());
        response.destroy();
        return;
      }
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(answer()));
      response.on('error', reject);
    });
    sending.on('error', reject);
    sending.setTimeout(20_000, () => sending.destroy(new Error('No answer within 20 s')));
    sending.end(body ?? undefined);
  });
}
