import type { RouterContext } from '@koa/router';
import type { Middleware } from 'koa';
import type { Metrics } from '../../../process/metrics/createMetrics.ts';

/** Measures each request under its route's template; what no route took has none. */
export function measureRequests(metrics: Metrics): Middleware {
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
