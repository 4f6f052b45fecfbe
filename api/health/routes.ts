import type { Knex } from 'knex';
import { Type } from 'typebox';
import { OneOf } from '../../contract/primitives.ts';
import { route, type Route } from '../http/route.ts';

const CHECK_MS = 2000;
/** The most webhooks that an answer names. */
const NAMED = 100;
const State = OneOf(['ok', 'unavailable']);
const Health = Type.Object({ status: OneOf(['ok']) }, { title: 'Health' });
const Readiness = Type.Object(
  {
    status: State,
    checks: Type.Object({
      postgres: State,
      temporal: State,
      secrets: OneOf(['ok', 'degraded'], {
        description:
          '`degraded` when a signing secret cannot be opened here; the process is ready for all other webhooks',
      }),
    }),
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
  db: Knex;
  inspector: { ping(): Promise<boolean> };
  /** Names the webhooks that nothing can be signed for here. */
  directory: { unreadable(): string[] };
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
    handle: () => ({ status: 200, body: { status: 'ok' } }),
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
      const [postgres, temporal] = await Promise.all([databaseAnswers(services), services.inspector.ping()]);
      const name = (up: boolean) => (up ? 'ok' : 'unavailable');
      const ready = postgres && temporal && !services.isStopping();
      const ids = services.directory.unreadable();
      const checks = {
        postgres: name(postgres),
        temporal: name(temporal),
        secrets: ids.length > 0 ? ('degraded' as const) : ('ok' as const),
      };
      const unreadableSecrets = { count: ids.length, webhookIds: ids.slice(0, NAMED) };
      const body = { status: name(ready), checks, ...(ids.length > 0 && { unreadableSecrets }) };
      return { status: ready ? 200 : 503, body };
    },
  }),
];

function databaseAnswers({ db }: HealthServices): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), CHECK_MS).unref());
  const asked = db.raw('SELECT 1').then(
    () => true,
    () => false,
  );
  return Promise.race([asked, late]);
}
