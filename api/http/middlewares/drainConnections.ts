import type { Middleware } from 'koa';

/** Ends keep-alive once the process is about to stop, so that clients connect to another one in time. */
export function drainConnections(isStopping: () => boolean): Middleware {
  return (ctx, next) => {
    if (isStopping()) ctx.set('Connection', 'close');
    return next();
  };
}
