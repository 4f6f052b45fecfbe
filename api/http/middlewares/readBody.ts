import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { koaBody } from 'koa-body';
import { ApiProblem } from '../problem.ts';

/** The most bytes that are read and dropped after a refusal, so that the caller gets to read the answer. */
const DRAIN_BYTES = 16 * 1024 * 1024;
const DRAIN_MS = 10_000;
const BYTE_ORDER_MARK = /^\uFEFF/;

/**
 * Reads a request's body as text, whatever its Content-Type says: the original quick start sends JSON
 * under curl's default type. gzip, deflate and br are undone.
 * @param limitBytes of the body as it is after that.
 * @returns an empty text when there is no body.
 */
export function bodyReader(limitBytes: number): (ctx: Context) => Promise<string> {
  const parse = koaBody({
    json: false,
    urlencoded: false,
    text: true,
    // One character for each byte: koa-body would silently replace what is not UTF-8.
    encoding: 'latin1',
    textLimit: limitBytes,
  });
  return async (ctx) => {
    ctx.req.headers['content-type'] = 'text/plain';
    try {
      const reading: unknown = parse(ctx, () => Promise.resolve());
      await (ctx.req.headers['content-encoding'] ? Promise.race([reading, breakingOff(ctx.req)]) : reading);
    } catch (error) {
      drain(ctx.req);
      throw bodyProblem(error, limitBytes);
    }
    const { body } = ctx.request;
    return typeof body === 'string' ? fromUtf8(body) : '';
  };
}

function fromUtf8(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  if (isAscii(bytes)) return latin1;
  if (!isUtf8(bytes)) throw new ApiProblem('invalid_json', 'The body is not valid UTF-8.');
  return bytes.toString('utf8').replace(BYTE_ORDER_MARK, '');
}

/** Fails when an upload breaks off, which koa-body does not notice of a compressed one. */
function breakingOff(request: IncomingMessage): Promise<never> {
  return new Promise((_, reject) => {
    request.once('close', () => {
      if (!request.complete) reject(new BrokenOffError());
    });
  });
}

class BrokenOffError extends Error {
  readonly type = 'request.aborted';
}

/** What raw-body, inflation and zlib throw; whatever is not about this request goes on as it is. */
function bodyProblem(error: unknown, limitBytes: number): unknown {
  const { status, type, code } = Object(error) as { status?: unknown; type?: unknown; code?: unknown };
  if (status === 413) return new ApiProblem('payload_too_large', `The body is larger than ${limitBytes} bytes.`);
  if (status === 415) {
    return new ApiProblem('unsupported_media_type', 'The Content-Encoding must be gzip, deflate, br or left out.');
  }
  if (status === 400 || type === 'request.aborted' || type === 'stream.not.readable') {
    return new ApiProblem('invalid_json', 'The request ended before its body was complete.');
  }
  if (typeof code === 'string' && /^(Z_|ERR_)/.test(code)) {
    return new ApiProblem('invalid_json', 'The body is not what its Content-Encoding says.');
  }
  return error;
}

/** Without this a refused upload would block its connection, and its sender would not come to read the answer. */
function drain(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let left = DRAIN_BYTES;
  const timeout = setTimeout(() => request.destroy(), DRAIN_MS);
  request.once('close', () => clearTimeout(timeout));
  request.unpipe();
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}
