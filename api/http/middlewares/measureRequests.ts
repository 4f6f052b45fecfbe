import type { RouterContext } from '@koa/router';
import type { Middleware } from 'koa';

/** Who wants to know of each request. */
export interface RequestMetrics {
  /** @param route the path as a template, so that ids make no labels of their own. */
  requestAnswered: (request: { method: string; route: string; status: number; seconds: number }) => void;
}

/** Measures each request under its route's template; what no route took has none. */
export function measureRequests(metrics: RequestMetrics): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now();
    try {
      await next();
    } finally {
      const { _matchedRoute: route } = ctx as unknown as Partial<RouterContext>;
      const seconds = (performance.now() - startedAt) / 1000;
      metrics.requestAnswered({
        method: ctx.method,
        route: typeof route === 'string' ? route : 'none',
        status: ctx.status,
        seconds,
      });
    }
  };
}
