import { accessRoutes } from './access/index.ts';
import { deliveryRoutes } from './deliveries/index.ts';
import { documentationRoutes } from './documentation/index.ts';
import { eventRoutes } from './events/index.ts';
import { eventTypeRoutes } from './eventTypes/index.ts';
import { healthRoutes } from './health/index.ts';
import { metricsRoutes } from './metrics/index.ts';
import type { Route } from './route.ts';
import { streamRoutes } from './stream/index.ts';
import { webhookRoutes } from './webhooks/index.ts';

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
