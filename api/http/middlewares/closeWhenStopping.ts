import type { Middleware } from 'koa';

/** Lets no connection live on once the process is about to stop, so that its clients turn to another in good time. */
export function closeWhenStopping(isStopping: () => boolean): Middleware {
  return (ctx, next) => {
    if (isStopping()) ctx.set('Connection', 'close');
    return next();
  };
}
