import Koa from 'koa';
import { accessLog } from './http/middlewares/accessLog.ts';
import { authenticate } from './http/middlewares/authenticate.ts';
import { drainConnections } from './http/middlewares/drainConnections.ts';
import { dashboard } from './http/middlewares/dashboard.ts';
import { logStreamErrors } from './http/middlewares/logStreamErrors.ts';
import { measureRequests, type RequestMetrics } from './http/middlewares/measureRequests.ts';
import { errorHandler } from './http/middlewares/errorHandler.ts';
import { boundAnswers, refuseWithoutRoom } from './http/middlewares/boundAnswers.ts';
import { endUploads } from './http/middlewares/endUploads.ts';
import { letStrangersGo } from './http/middlewares/letStrangersGo.ts';
import { rateLimit, type RateLimiter } from './http/middlewares/rateLimit.ts';
import { compress } from './http/middlewares/compress.ts';
import { csrf } from './http/middlewares/csrf.ts';
import { requestId } from './http/middlewares/requestId.ts';
import { secureHeaders } from './http/middlewares/secureHeaders.ts';
import { trace } from './http/middlewares/trace.ts';
import { Budget } from './http/Budget.ts';
import { callerAddress } from './http/callerAddress.ts';
import type { BoundRoute, Route } from './http/route.ts';
import type { LoopTurns } from './turns/LoopTurns.ts';
import { createRequestTurns } from './turns/RequestTurns.ts';
import { answerUnmatched, createRouter } from './http/mount.ts';
import type { Tracing } from '../ops/tracing/tracing.ts';
import type { Config } from '../ops/config.ts';
import type { Logger } from '../ops/logger.ts';
import type { Authenticator } from './http/caller.ts';
import type { RequestState } from './http/state.ts';

/** What requests that arrive or are worked on, and answers that are not read, may take in a process, in bytes. */
const BODIES_BYTES = 64 * 1024 * 1024;
const ANSWERS_BYTES = 128 * 1024 * 1024;

/** How long a connection is kept over which no valid key came, in ms; others as long as a load balancer keeps them. */
const STRANGER_IDLE_MS = 60_000;

/** What every request is passed through, whichever route takes it. */
export interface RequestServices {
  config: Pick<Config, 'DATABASE_POOL_MAX' | 'RATE_LIMIT_PER_MINUTE' | 'TRUST_PROXY' | 'TRUST_PROXY_HOPS'>;
  logger: Logger;
  authenticator: Authenticator;
  rateLimiter: RateLimiter;
  metrics: RequestMetrics;
  tracing: Tracing;
  /** The turns of the event loop. */
  loop: LoopTurns;
  /** Whether the process is about to stop. */
  isStopping: () => boolean;
  /** The directory of the built dashboard; without it none is served. */
  webRoot: string | undefined;
}

/** The HTTP API as a Koa application; it keeps nothing to be closed. */
export function createApp(table: readonly BoundRoute[], services: RequestServices): Koa<RequestState> {
  const { config, logger, authenticator, rateLimiter, metrics, tracing } = services;
  const isOpen = openCalls(table.map(({ route }) => route));
  const requests = createRequestTurns(config.DATABASE_POOL_MAX);
  const router = createRouter(table, { bodies: new Budget(BODIES_BYTES), requests, loop: services.loop });
  const answers = new Budget(ANSWERS_BYTES);

  // Each proxy appends the address it was called from; what comes before our own proxies' is the caller's invention.
  const app = new Koa<RequestState>({ proxy: config.TRUST_PROXY, maxIpsCount: config.TRUST_PROXY_HOPS });
  app.use(callerAddress);
  app.use(requestId);
  app.use(trace(tracing));
  app.use(secureHeaders);
  app.use(drainConnections(services.isStopping));
  if (!config.TRUST_PROXY) app.use(letStrangersGo(STRANGER_IDLE_MS));
  app.use(accessLog(logger));
  app.use(measureRequests(metrics));
  app.use(endUploads);
  app.use(compress);
  app.use(boundAnswers(answers));
  app.use(errorHandler(logger));
  app.use(authenticate(authenticator, isOpen));
  app.use(rateLimit(rateLimiter, config.RATE_LIMIT_PER_MINUTE));
  app.use(csrf);
  app.use(refuseWithoutRoom(answers));
  app.use(router.routes());
  if (services.webRoot) app.use(dashboard(services.webRoot));
  app.use(answerUnmatched(router));
  app.on('error', logStreamErrors(logger));
  return app;
}

/** Whether a call is open to all: by its route, or because every route of its path is. */
function openCalls(table: readonly Route[]): (method: string, path: string) => boolean {
  const open = table.filter(({ access }) => access === 'open');
  const calls = new Set(open.map(({ method, path }) => `${method} ${path}`));
  const closedPaths = new Set(table.filter(({ access }) => access !== 'open').map(({ path }) => path));
  const paths = new Set(open.map(({ path }) => path).filter((path) => !closedPaths.has(path)));
  return (method, path) => paths.has(path) || calls.has(`${method} ${path}`);
}
