import type { RouterContext } from '@koa/router';
import type { Middleware } from 'koa';

/** Where requests are measured. */
export interface RequestMetrics {
  /** @param route the path as a template, so that ids do not become labels. */
  requestAnswered: (request: { method: string; route: string; status: number; seconds: number }) => void;
}

/** Measures each request under its route's template, or under none when no route matched. */
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
