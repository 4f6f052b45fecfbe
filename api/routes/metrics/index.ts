import { Type } from 'typebox';
import { METRICS_CONTENT_TYPE } from '../../services/metrics.ts';
import { route, type Route } from '../route.ts';

export const metricsRoutes: Route[] = [
  route({
    ...{ method: 'GET', path: '/metrics', access: 'open', tag: 'Operators', summary: 'Figures for Prometheus' },
    responses: { 200: Type.String({ contentMediaType: 'text/plain', description: "Prometheus' text format" }) },
    async handle({ metrics }) {
      return { status: 200, text: { type: METRICS_CONTENT_TYPE, content: await metrics.text() } };
    },
  }),
];
