import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Middleware } from 'koa';

/** Has `ctx.ip` be an address and nothing else: what a proxy wrote without being one is not believed. */
export const callerAddress: Middleware = (ctx, next) => {
  ctx.request.ip = plainAddress(ctx.ip) ?? plainAddress(ctx.socket.remoteAddress ?? '') ?? '';
  return next();
};

/**
 * An address in its usual spelling, IPv4 that stands in IPv6 as IPv4, without the port that some gateways write beside it; null
 * for what is none.
 */
export function plainAddress(text: string): string | null {
  const [, inBrackets, beforePort] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  const bare = (inBrackets ?? beforePort ?? text).replace(/%.*$/s, '');
  return isIP(bare) ? ipaddr.process(bare).toString() : null;
}

/** What a caller's address is counted as: of IPv6 the /64, all of which one caller mostly has. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const { parts } = ipaddr.IPv6.parse(address);
  return `${parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
