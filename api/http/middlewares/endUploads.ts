import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Middleware } from 'koa';

/** How much of a request that was answered before it was read is taken, so that its sender comes to read the answer. */
const TAKEN_BYTES = 16 * 1024 * 1024;
const TAKEN_MS = 5000;

/**
 * Ends the connection of a request that was answered before it had arrived, with a 413 or a 401 for instance. What still comes is dropped
 * for a while first: to close at once would take the answer from a sender that is not done.
 */
export const endUploads: Middleware = async (ctx, next) => {
  await next();
  if (ctx.req.complete) return;
  ctx.set('Connection', 'close');
  const body: unknown = ctx.body;
  const { length } = ctx;
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return;
  ctx.body = Readable.from(answerThenWait(body, ctx.req));
  ctx.length = length;
};

async function* answerThenWait(body: string | Buffer, request: IncomingMessage): AsyncGenerator<Buffer> {
  yield Buffer.from(body);
  await new Promise<void>((resolve) => {
    const timeout = setTimeout(resolve, TAKEN_MS);
    let left = TAKEN_BYTES;
    request.once('close', () => {
      clearTimeout(timeout);
      resolve();
    });
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) resolve();
    });
    request.resume();
  });
}
