import type { Middleware } from 'koa';

/** Answers are never stored on the way (they can hold a new secret or key) and never taken for another type. */
export const secureHeaders: Middleware = (ctx, next) => {
  ctx.set('Cache-Control', 'no-store');
  ctx.set('X-Content-Type-Options', 'nosniff');
  return next();
};
