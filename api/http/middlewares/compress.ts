import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Middleware } from 'koa';

/** Shorter answers are sent as they are: compressing costs more than it saves. */
const MIN_BYTES = 2048;
/** A level that costs little time, and memory for many answers at once (24 KiB and what is under way each). */
const HOW = { level: 3, windowBits: 13, memLevel: 5 };
const TEXT =
  /^(?:application\/(?:[\w.+-]+\+)?json|(?:text|application)\/javascript|text\/(?:css|html|plain)|image\/svg\+xml)\b/;

/** Compresses what callers read and what is text, when they take gzip (RFC 9110 §12.5.3). The stream of messages stays as it is. */
export const compress: Middleware = async (ctx, next) => {
  await next();
  const body: unknown = ctx.body;
  const isWhole = typeof body === 'string' || Buffer.isBuffer(body);
  if (!(isWhole || body instanceof Readable) || !TEXT.test(ctx.type) || (ctx.length ?? 0) < MIN_BYTES) return;
  ctx.vary('Accept-Encoding');
  if (ctx.method !== 'GET' || ctx.acceptsEncodings('gzip', 'identity') !== 'gzip') return;
  const gzip = createGzip(HOW);
  // Who leaves ends both; what the source says goes on to the answer.
  pipeline(isWhole ? Readable.from([Buffer.from(body)]) : body, gzip, () => undefined);
  ctx.set('Content-Encoding', 'gzip');
  ctx.body = gzip;
};
