import { accessRoutes, type AccessServices } from './access/routes.ts';
import { batchRoutes } from './batches/routes.ts';
import { deliveryRoutes, type DeliveryServices } from './deliveries/routes.ts';
import { documentationRoutes } from './documentation/routes.ts';
import { eventRoutes, type EventServices } from './events/routes.ts';
import type { EventTypeServices } from './eventTypes/eventTypes.ts';
import { eventTypeRoutes } from './eventTypes/routes.ts';
import { healthRoutes, type HealthServices } from './health/routes.ts';
import { metricsRoutes, type MetricsServices } from './metrics/routes.ts';
import { bind, type BoundRoute, type Route } from './http/route.ts';
import { searchRoutes, type SearchRouteServices } from './search/routes.ts';
import { streamRoutes, type StreamServices } from './stream/routes.ts';
import { webhookRoutes, type WebhookServices } from './webhooks/routes.ts';

const described: Route[] = [
  ...eventRoutes,
  ...eventTypeRoutes,
  ...webhookRoutes,
  ...deliveryRoutes,
  ...batchRoutes,
  ...searchRoutes,
  ...accessRoutes,
  ...streamRoutes,
  ...metricsRoutes,
  ...healthRoutes,
];
const documentation = documentationRoutes(described);

/** Every call of the API, as it is described. */
export const routes: Route[] = [...described, ...documentation];

/** What a process without the API works with. */
export interface OperatorServices {
  metrics: MetricsServices;
  health: HealthServices;
}

/** What each resource works with. */
export interface ApiServices extends OperatorServices {
  events: EventServices;
  eventTypes: EventTypeServices;
  webhooks: WebhookServices;
  deliveries: DeliveryServices;
  search: SearchRouteServices;
  access: AccessServices;
  stream: StreamServices;
}

/** Every call of the API, to be served. */
export function apiRoutes(services: ApiServices): BoundRoute[] {
  return [
    ...bind(eventRoutes, services.events),
    ...bind(eventTypeRoutes, services.eventTypes),
    ...bind(webhookRoutes, services.webhooks),
    ...bind(deliveryRoutes, services.deliveries),
    ...bind(batchRoutes, services.deliveries),
    ...bind(searchRoutes, services.search),
    ...bind(accessRoutes, services.access),
    ...bind(streamRoutes, services.stream),
    ...operatorRoutes(services),
    ...bind(documentation, undefined),
  ];
}

/** What a process without the API answers, for probes and Prometheus. */
export function operatorRoutes({ metrics, health }: OperatorServices): BoundRoute[] {
  return [...bind(metricsRoutes, metrics), ...bind(healthRoutes, health)];
}
