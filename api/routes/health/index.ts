import { Type } from 'typebox';
import { OneOf } from '../../../contract/primitives.ts';
import type { AppServices } from '../../services/index.ts';
import { route, type Route } from '../route.ts';

const CHECK_MS = 2000;
const State = OneOf(['ok', 'unavailable']);
const Health = Type.Object({ status: OneOf(['ok']) }, { title: 'Health' });
const Readiness = Type.Object(
  { status: State, checks: Type.Object({ postgres: State, temporal: State }) },
  { title: 'Readiness' },
);

export const healthRoutes: Route[] = [
  route({
    ...{ method: 'GET', path: '/healthz', access: 'open', tag: 'Operators', summary: 'The process is up' },
    operationId: 'getHealth',
    responses: { 200: Health },
    handle: () => ({ status: 200, body: { status: 'ok' } }),
  }),
  route({
    ...{
      method: 'GET',
      path: '/readyz',
      access: 'open',
      tag: 'Operators',
      summary: 'PostgreSQL and Temporal can be reached',
    },
    operationId: 'getReadiness',
    responses: { 200: Readiness, 503: Readiness },
    async handle(services) {
      const [postgres, temporal] = await Promise.all([databaseAnswers(services), services.workflows.ping()]);
      const name = (up: boolean) => (up ? 'ok' : 'unavailable');
      const ready = postgres && temporal && !services.isStopping?.();
      const checks = { postgres: name(postgres), temporal: name(temporal) };
      return { status: ready ? 200 : 503, body: { status: name(ready), checks } };
    },
  }),
];

function databaseAnswers({ db }: AppServices): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), CHECK_MS).unref());
  const asked = db.raw('SELECT 1').then(
    () => true,
    () => false,
  );
  return Promise.race([asked, late]);
}
