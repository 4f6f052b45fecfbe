import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import type { Context, ParameterizedContext } from 'koa';
import { koaBody } from 'koa-body';
import type { Budget } from '../Budget.ts';
import { ApiProblem } from '../problem.ts';
import { payerOf, type RequestState } from '../state.ts';
import { whenAnswered } from '../whenAnswered.ts';

const NO_BYTES = Buffer.alloc(0);

/** By the names of RFC 9110 §8.4.1, in lower case. */
const DECODERS = new Map([
  ['gzip', createUnzip],
  ['x-gzip', createUnzip],
  ['deflate', createUnzip],
  ['br', createBrotliDecompress],
]);

/**
 * Reads a request's body, whatever its Content-Type says: the original quick start sends JSON
 * under curl's default type. gzip, deflate and br are undone.
 * @param limitBytes of the body as it is after that.
 * @param bodies what bodies may take together, from their first byte until they are answered.
 * @returns no bytes when there is no body.
 * @throws ApiProblem
 */
export function bodyReader(
  limitBytes: number,
  bodies: Budget,
): (ctx: ParameterizedContext<RequestState>) => Promise<Buffer> {
  const parse = koaBody({
    json: false,
    urlencoded: false,
    text: true,
    // None: the body comes as bytes. koa-body would silently replace what is not UTF-8, and make a large text of it in one go.
    encoding: '',
    textLimit: limitBytes,
  });
  return async (ctx) => {
    const { req, method } = ctx;
    if (Number(req.headers['content-length']) > limitBytes && !isEncoded(req)) throw tooLarge(limitBytes);
    const body = Object.assign(Readable.from(counted(ctx, bodies), { objectMode: false }), { headers: {} });
    const request: { body?: unknown } = {};
    try {
      await parse({ method, request, req: body, is: () => 'text/plain' } as unknown as Context, () =>
        Promise.resolve(),
      );
    } catch (error) {
      throw bodyProblem(error, limitBytes);
    } finally {
      body.destroy();
    }
    return Buffer.isBuffer(request.body) ? request.body : NO_BYTES;
  };
}

/** The body as it comes, taken from the budget until the request is answered. */
async function* counted(ctx: ParameterizedContext<RequestState>, bodies: Budget): AsyncGenerator<Buffer> {
  const payer = payerOf(ctx);
  let bytes = 0;
  let isOver = false;
  whenAnswered(ctx, () => {
    isOver = true;
    bodies.giveBack(payer, bytes);
  });
  for await (const chunk of decoded(ctx.req) as AsyncIterable<Buffer>) {
    if (!bodies.fits(payer, chunk.length)) throw tooManyUnderWay();
    if (isOver) throw new BrokenOffError();
    bytes += chunk.length;
    bodies.take(payer, chunk.length);
    yield chunk;
  }
}

function isEncoded({ headers }: IncomingMessage): boolean {
  return (headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity';
}

/** The body without its encoding. To leave it before its end ends a decoder, and not the request, which has to be answered. */
function decoded(request: IncomingMessage): AsyncIterable<unknown> {
  if (!isEncoded(request)) return request.iterator({ destroyOnReturn: false });
  const create = DECODERS.get((request.headers['content-encoding'] ?? '').toLowerCase());
  if (!create) {
    throw new ApiProblem('unsupported_media_type', 'The Content-Encoding must be gzip, deflate, br or left out.');
  }
  const decoder = create();
  request.once('close', () => {
    if (!request.complete) decoder.destroy(new BrokenOffError());
  });
  return request.pipe(decoder) as Readable;
}

class BrokenOffError extends Error {
  readonly code = 'ECONNRESET';
}

function tooLarge(limitBytes: number): ApiProblem {
  return new ApiProblem('payload_too_large', `The body is larger than ${limitBytes} bytes.`);
}

function tooManyUnderWay(): ApiProblem {
  return new ApiProblem('unavailable', 'Too many requests are arriving at once. Try again.');
}

/** What a request's stream, raw-body and zlib throw; whatever is not about this request goes on as it is. */
function bodyProblem(error: unknown, limitBytes: number): unknown {
  const { code, type } = Object(error) as { code?: unknown; type?: unknown };
  if (type === 'entity.too.large') return tooLarge(limitBytes);
  if (error instanceof ApiProblem || typeof code !== 'string') return error;
  if (code === 'ECONNRESET') return new ApiProblem('invalid_json', 'The request ended before its body was complete.');
  return /^(Z_|ERR_)/.test(code)
    ? new ApiProblem('invalid_json', 'The body is not what its Content-Encoding says.')
    : error;
}
