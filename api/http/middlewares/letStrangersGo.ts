import type { Socket } from 'node:net';
import type { Middleware } from 'koa';
import type { RequestState } from '../state.ts';

/**
 * Keeps a connection over which no valid key ever came for a short time only. Not behind a proxy, which sends everybody's requests over
 * the same connections.
 * @param idleMs how long it is kept after an answer, in ms.
 */
export function letStrangersGo(idleMs: number): Middleware<RequestState> {
  const known = new WeakSet<Socket>();
  return async (ctx, next) => {
    const { socket } = ctx.req;
    await next();
    if (ctx.state.identity) known.add(socket);
    // The server has set its own time by then.
    if (!known.has(socket)) ctx.res.once('finish', () => socket.setTimeout(idleMs));
  };
}
