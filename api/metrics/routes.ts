import { Registry } from 'prom-client';
import { Type } from 'typebox';
import { route, type Route } from '../http/route.ts';

export interface MetricsServices {
  /** In Prometheus' text format. */
  metrics: { text: () => Promise<string> };
}

export const metricsRoutes: Route<MetricsServices>[] = [
  route({
    method: 'GET',
    path: '/metrics',
    access: 'open',
    tag: 'Operators',
    summary: 'Metrics for Prometheus',
    operationId: 'getMetrics',
    responses: { 200: Type.String({ contentMediaType: 'text/plain' }) },
    async handle({ metrics }) {
      return { status: 200, body: await metrics.text(), headers: { 'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE } };
    },
  }),
];
