import { VERSION } from '../../ops/version.ts';
import { Type } from 'typebox';
import { OneOf } from '../../contract/primitives.ts';
import { route, type Route } from '../http/route.ts';
import type { Dependencies } from './readiness.ts';

/** The most webhooks that an answer names. */
const NAMED = 100;
const State = OneOf(['ok', 'unavailable']);
const Health = Type.Object(
  { status: OneOf(['ok']), version: Type.Optional(Type.String({ description: 'the release', examples: [VERSION] })) },
  { title: 'Health' },
);
const Readiness = Type.Object(
  {
    status: State,
    checks: Type.Object({
      postgres: State,
      temporal: State,
      secrets: OneOf(['ok', 'degraded'], {
        description:
          '`degraded` when a webhook’s secret or hidden headers cannot be opened here; the process is ready for all other webhooks',
      }),
    }),
    temporalProgress: Type.Optional(
      Type.String({
        description:
          'how far a Temporal is that is being brought up beside this process (`npm start`), while it is not there yet',
      }),
    ),
    unreadableSecrets: Type.Optional(
      Type.Object(
        {
          count: Type.Integer({ minimum: 1 }),
          webhookIds: Type.Array(Type.String(), { maxItems: NAMED, description: `the first ${NAMED} of them` }),
        },
        { description: 'the webhooks whose deliveries wait, since nothing can be signed for them here' },
      ),
    ),
  },
  { title: 'Readiness' },
);

export interface HealthServices {
  dependencies: () => Promise<Dependencies>;
  /** Names the webhooks that nothing can be signed for here. */
  directory: { unreadable(): string[] };
  /** How far a Temporal is that is being brought up; null when there is none. */
  temporalProgress: () => string | null;
  /** Whether the process is about to stop, so that load balancers look elsewhere. */
  isStopping: () => boolean;
}

export const healthRoutes: Route<HealthServices>[] = [
  route({
    method: 'GET',
    path: '/healthz',
    access: 'open',
    tag: 'Operators',
    summary: 'The process is up',
    operationId: 'getHealth',
    responses: { 200: Health },
    handle: () => ({ status: 200, body: { status: 'ok', version: VERSION } }),
  }),
  route({
    method: 'GET',
    path: '/readyz',
    access: 'open',
    tag: 'Operators',
    summary: 'PostgreSQL and Temporal can be reached',
    description:
      'Also names the webhooks that nothing can be signed for here. They alone wait, so that the process is ready all the same.',
    operationId: 'getReadiness',
    responses: { 200: Readiness, 503: Readiness },
    async handle(services) {
      const { postgres, temporal } = await services.dependencies();
      const name = (up: boolean) => (up ? 'ok' : 'unavailable');
      const ready = postgres && temporal && !services.isStopping();
      const ids = services.directory.unreadable();
      const checks = {
        postgres: name(postgres),
        temporal: name(temporal),
        secrets: ids.length > 0 ? ('degraded' as const) : ('ok' as const),
      };
      const unreadableSecrets = { count: ids.length, webhookIds: ids.slice(0, NAMED) };
      const progress = temporal ? null : services.temporalProgress();
      const body = {
        status: name(ready),
        checks,
        ...(progress !== null && { temporalProgress: progress }),
        ...(ids.length > 0 && { unreadableSecrets }),
      };
      return { status: ready ? 200 : 503, body };
    },
  }),
];
