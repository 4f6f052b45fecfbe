import type { Middleware } from 'koa';

/** A year, in seconds. */
const HTTPS_ONLY_SECONDS = 31_536_000;

/**
 * Answers are never stored on the way (they can hold a new secret or key), never taken for another type, and their address is
 * told to nobody else. Over TLS, also that of a proxy, a browser is to use nothing else from then on (RFC 6797).
 */
export const secureHeaders: Middleware = (ctx, next) => {
  ctx.set('Cache-Control', 'no-store');
  ctx.set('X-Content-Type-Options', 'nosniff');
  ctx.set('Referrer-Policy', 'same-origin');
  if (ctx.secure) ctx.set('Strict-Transport-Security', `max-age=${HTTPS_ONLY_SECONDS}`);
  return next();
};
