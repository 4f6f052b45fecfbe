import { existsSync } from 'node:fs';
import { join, win32 } from 'node:path';
import type { Middleware } from 'koa';
import serve from 'koa-static';

/** The dashboard's pages may load, and be framed by, only what comes from this server. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "frame-ancestors 'none'",
  "base-uri 'self'",
  "form-action 'self'",
].join('; ');

/**
 * Serves the built dashboard to browsers: its files, and its one page for every other path that is asked for as HTML,
 * since the page itself knows what belongs there. What lies under /assets/ has its content's hash in its name.
 * @param root the directory with `index.html`; nothing is served when it is not there.
 */
export function dashboard(root: string): Middleware {
  if (!existsSync(join(root, 'index.html'))) return (_ctx, next) => next();
  const files = serve(root, {
    setHeaders(response, path) {
      const isHashed = path.startsWith(join(root, 'assets/'));
      response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      if (!path.endsWith('.html')) return;
      response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    },
  });
  return async (ctx, next) => {
    const { path, method } = ctx;
    const isFile = method === 'GET' || method === 'HEAD';
    if (!isFile || isApi(path) || !isPlain(path)) {
      await next();
      return;
    }
    await files(ctx, async () => {
      if (path.includes('.') || !ctx.accepts('html')) {
        await next();
        return;
      }
      ctx.path = '/';
      await files(ctx, next);
      ctx.path = path;
    });
  };
}

/** However it is spelled: who asks for /API/events is no browser that wants a page. */
function isApi(path: string): boolean {
  return /^\/api(?:\/|$)/i.test(path);
}

/** Whether a path can be a file's name below the root; koa-static would answer others with errors of its own. */
function isPlain(path: string): boolean {
  try {
    const name = decodeURIComponent(path);
    const isRelative = name.startsWith('/') && !win32.isAbsolute(name.slice(1));
    return isRelative && !name.includes('\0') && !name.split(/[\\/]/).includes('..');
  } catch {
    return false;
  }
}
