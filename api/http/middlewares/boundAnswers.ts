import { Readable } from 'node:stream';
import type { Middleware, ParameterizedContext } from 'koa';
import type { Budget } from '../Budget.ts';
import { LargeAnswer } from '../json.ts';
import { ApiProblem } from '../problem.ts';
import { payerOf, type RequestState } from '../state.ts';
import { whenAnswered } from '../whenAnswered.ts';
import { answerProblem } from './errorHandler.ts';

/** What is answered in one piece, in bytes; of more it can be seen whether the caller goes on reading. */
const PIECE_BYTES = 65_536;
const READS = ['GET', 'HEAD', 'OPTIONS'];

/** Refuses a call, before anything is done for it, whose caller has as many bytes of answers unread as it may. */
export function refuseWithoutRoom(answers: Budget): Middleware<RequestState> {
  return async (ctx, next) => {
    if (ctx.state.identity && !answers.fits(payerOf(ctx), 1)) throw tooMuchUnread();
    await next();
  };
}

/**
 * Counts what callers have been answered and have not read. An answer that would be too much is a problem instead, unless something
 * was changed that it tells of. A body that is a `Buffer` is shared by all and costs nothing.
 */
export function boundAnswers(answers: Budget): Middleware<RequestState> {
  return async (ctx, next) => {
    await next();
    const large = largeAnswer(ctx);
    if (!large && typeof ctx.body !== 'string') return;
    const payer = payerOf(ctx);
    const isRefused = READS.includes(ctx.method) && !answers.fits(payer, large?.bytes ?? ctx.length ?? 0);
    if (isRefused) answerProblem(ctx, tooMuchUnread());
    else if (large) answerInPieces(ctx, large);
    const bytes = ctx.length ?? 0;
    answers.take(payer, bytes);
    whenAnswered(ctx, () => answers.giveBack(payer, bytes));
  };
}

function tooMuchUnread(): ApiProblem {
  return new ApiProblem('unavailable', 'Too many answers wait to be read. Read them, and ask again.');
}

function largeAnswer(ctx: ParameterizedContext<RequestState>): LargeAnswer | null {
  const { body } = ctx;
  if (body instanceof LargeAnswer) return body;
  return typeof body === 'string' && (ctx.length ?? 0) > PIECE_BYTES ? new LargeAnswer([Buffer.from(body)]) : null;
}

function answerInPieces(ctx: ParameterizedContext<RequestState>, { pieces, bytes }: LargeAnswer): void {
  if (ctx.method !== 'HEAD') ctx.body = Readable.from(pieces.flatMap(cut));
  ctx.length = bytes;
}

function cut(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, index) =>
    bytes.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES),
  );
}
