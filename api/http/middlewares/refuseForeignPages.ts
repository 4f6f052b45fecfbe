import type { Middleware } from 'koa';
import { ApiProblem } from '../problem.ts';
import type { RequestState } from '../state.ts';

const READS = ['GET', 'HEAD', 'OPTIONS'];

/** What a session's cookie changes needs `X-Requested-With`, which a foreign page cannot send (contract §8). */
export const refuseForeignPages: Middleware<RequestState> = async (ctx, next) => {
  if (ctx.state.bySession && !READS.includes(ctx.method) && !ctx.get('X-Requested-With')) {
    throw new ApiProblem('forbidden', 'A change by session needs the header X-Requested-With.');
  }
  await next();
};
