import Koa from 'koa';
import { accessLog } from './middlewares/accessLog.ts';
import { authenticate } from './middlewares/authenticate.ts';
import { closeWhenStopping } from './middlewares/closeWhenStopping.ts';
import { dashboard } from './middlewares/dashboard.ts';
import { logStreamErrors } from './middlewares/logStreamErrors.ts';
import { problems } from './middlewares/problems.ts';
import { requestId } from './middlewares/requestId.ts';
import { secureHeaders } from './middlewares/secureHeaders.ts';
import { routes } from './routes/index.ts';
import { answerUnmatched, createRouter } from './routes/mount.ts';
import { createAdminKeyAuthenticator } from './services/authenticator.ts';
import type { AppServices } from './services/index.ts';
import type { RequestState } from './state.ts';

/** The HTTP API as a Koa application; it keeps nothing to be closed. */
export function createApp(services: AppServices): Koa<RequestState> {
  const { config, logger } = services;
  const authenticator = services.authenticator ?? createAdminKeyAuthenticator(config.ADMIN_API_KEY);
  const openPaths = new Set(routes.filter(({ access }) => access === 'open').map(({ path }) => path));
  const router = createRouter(routes, services);

  const app = new Koa<RequestState>();
  app.use(requestId);
  app.use(secureHeaders);
  app.use(closeWhenStopping(services));
  app.use(accessLog(logger));
  app.use(problems(logger));
  app.use(authenticate(authenticator, openPaths));
  app.use(router.routes());
  if (services.webRoot) app.use(dashboard(services.webRoot));
  app.use(answerUnmatched(router));
  app.on('error', logStreamErrors(logger));
  return app;
}
