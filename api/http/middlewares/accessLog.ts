import type { Middleware } from 'koa';
import { traceIdOf } from '../../../activities/http/traceparent.ts';
import type { Logger } from '../../../ops/logger.ts';
import type { RequestState } from '../state.ts';

/** Paths that are called so often that a success is logged only at level `debug`. */
const HOT_PATHS = new Set(['/api/events', '/api/events/batch', '/healthz', '/readyz', '/metrics']);

/** One line for each answered request; `durationMs` goes until the answer is handed to the socket. */
export function accessLog(logger: Logger): Middleware<RequestState> {
  return async (ctx, next) => {
    const startedAt = performance.now();
    await next();
    const level = ctx.status >= 500 ? 'warn' : ctx.status < 400 && HOT_PATHS.has(ctx.path) ? 'debug' : 'info';
    if (!logger.isLevelEnabled(level)) return;
    logger.log(level, 'request', {
      requestId: ctx.state.requestId,
      ...traceIdOf(ctx.state.traceparent),
      method: ctx.method,
      path: ctx.path,
      status: ctx.status,
      durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
      ...(ctx.state.identity && { keyId: ctx.state.identity.keyId }),
    });
  };
}
