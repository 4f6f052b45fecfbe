import type { RouterContext } from '@koa/router';
import type { Middleware } from 'koa';
import { readTraceparent } from '../../../activities/http/traceparent.ts';
import type { RequestState } from '../state.ts';
import type { Tracing } from '../../../ops/tracing/tracing.ts';

/** Makes each call of the API a part of its caller's trace (W3C Trace Context). Not probes, metrics and pages. */
export function trace(tracing: Tracing): Middleware<RequestState> {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/api/')) {
      await next();
      return;
    }
    const span = tracing.start(ctx.method, {
      kind: 'server',
      parent: readTraceparent(ctx.get('traceparent')),
      attributes: () => ({ 'http.request.method': ctx.method, 'relay.request.id': ctx.state.requestId }),
    });
    ctx.state.traceparent = span.traceparent;
    try {
      await next();
    } finally {
      const { _matchedRoute: matched } = ctx as unknown as Partial<RouterContext>;
      const route = typeof matched === 'string' ? matched : null;
      span.end({
        name: route === null ? ctx.method : `${ctx.method} ${route}`,
        attributes: { 'http.response.status_code': ctx.status, ...(route !== null && { 'http.route': route }) },
        error: ctx.status >= 500 ? String(ctx.status) : undefined,
      });
    }
  };
}
