import { accessRoutes } from './access/routes.ts';
import { deliveryRoutes } from './deliveries/routes.ts';
import { documentationRoutes } from './documentation/routes.ts';
import { eventRoutes } from './events/routes.ts';
import { eventTypeRoutes } from './eventTypes/routes.ts';
import { healthRoutes } from './health/routes.ts';
import { metricsRoutes } from './metrics/routes.ts';
import type { Route } from './http/route.ts';
import { streamRoutes } from './stream/routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';

const described: Route[] = [
  ...eventRoutes,
  ...eventTypeRoutes,
  ...webhookRoutes,
  ...deliveryRoutes,
  ...accessRoutes,
  ...streamRoutes,
  ...metricsRoutes,
  ...healthRoutes,
];

/** Every call of the API. */
export const routes: Route[] = [...described, ...documentationRoutes(described)];

/** What a process without the API answers, for probes and Prometheus. */
export const operatorRoutes: Route[] = [...metricsRoutes, ...healthRoutes];
