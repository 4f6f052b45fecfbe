import type { Middleware } from 'koa';
import { ApiProblem } from '../problem.ts';
import type { RequestState } from '../state.ts';

const READS = ['GET', 'HEAD', 'OPTIONS'];

/** Requires `X-Requested-With` of changes by a session's cookie: a page of another site cannot send it (CSRF). */
export const csrf: Middleware<RequestState> = async (ctx, next) => {
  if (ctx.state.bySession && !READS.includes(ctx.method) && !ctx.get('X-Requested-With')) {
    throw new ApiProblem('forbidden', 'A change by session needs the header X-Requested-With.');
  }
  await next();
};
