import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import type { RequestState } from '../state.ts';

const SANE_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** Names each request, by the caller's `X-Request-Id` when that is a harmless text, and says so in the answer. */
export const requestId: Middleware<RequestState> = (ctx, next) => {
  const given = ctx.get('X-Request-Id');
  ctx.state.requestId = SANE_ID.test(given) ? given : randomUUID();
  ctx.state.traceparent = null;
  ctx.state.identity = null;
  ctx.state.bySession = false;
  ctx.state.isStillValid = () => Promise.resolve(true);
  ctx.state.countMore = () => Promise.resolve();
  ctx.set('X-Request-Id', ctx.state.requestId);
  return next();
};
