import type { LoadedRows } from './loadRows.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** One call of the API, with the name it is reported by. */
export interface Call {
  name: string;
  path: string;
  /** A request body makes it a POST. */
  body?: unknown;
}

/** The lists, filters, pairs of filters and statistics that the API has and the dashboard uses. */
export function sizeCalls({ webhooks, eventTypes }: LoadedRows, now: number): Call[] {
  const at = (ago: number) => new Date(now - ago).toISOString();
  const webhook = webhooks[0]?.id ?? '';
  const other = webhooks.at(-1)?.id ?? '';
  const type = eventTypes[3] ?? '';
  const window = `from=${at(20 * DAY_MS)}&to=${at(19 * DAY_MS)}`;
  const deep = `to=${at(29 * DAY_MS)}`;
  const list = (resource: string) => (filters: string) => ({
    name: `${resource}${filters && ` ${filters.replaceAll(/[\dT:.-]{20,}Z/g, '…').replaceAll(/[0-9a-f-]{36}/g, '…')}`}`,
    path: `/api/${resource}?limit=25${filters && `&${filters}`}`,
  });
  const events = ['', deep, 'status=failed', 'status=delivered', 'status=unmatched', 'clientId=large', 'clientId=tiny']
    .concat(['clientId=nobody', `eventType=${type}`, 'eventType=never.seen', 'idempotencyKey=key-500', window])
    .concat([`status=failed&${window}`, `status=pending&${window}`, 'clientId=tiny&status=failed'])
    .concat(['clientId=large&status=skipped', 'clientId=large&status=unmatched', `clientId=tiny&eventType=${type}`])
    .concat([`eventType=${type}&status=failed`, `eventType=${type}&${window}`, `clientId=rare&${window}`]);
  const deliveries = [
    '',
    deep,
    'status=failed',
    'status=delivered',
    'status=retrying',
    'status=cancelled',
    'clientId=large',
  ]
    .concat(['clientId=tiny', `webhookId=${webhook}`, `webhookId=${other}&status=failed`, `eventType=${type}`])
    .concat(['httpStatus=200', 'httpStatus=204', 'httpStatus=201', 'httpStatus=503', 'httpStatus=410', window])
    .concat(['status=failed,skipped', 'status=pending,retrying', 'httpClass=5xx', 'httpClass=4xx', 'errorCode=timeout'])
    .concat(['errorCode=redirect', 'httpClass=5xx&status=failed,retrying', `status=failed,skipped&${window}`])
    .concat(['httpStatus=200&status=failed', 'httpStatus=503&status=delivered', 'httpStatus=503&clientId=tiny'])
    .concat([
      'clientId=large&status=retrying',
      'clientId=tiny&status=cancelled',
      `webhookId=${webhook}&eventType=never.seen`,
    ])
    .concat([
      `webhookId=${other}&status=pending`,
      `eventType=${type}&clientId=tiny`,
      `eventType=${type}&status=skipped`,
    ])
    .concat([
      `status=failed&${window}`,
      `status=retrying&${window}`,
      `httpStatus=404&${window}`,
      `clientId=tiny&${window}`,
    ])
    .concat([`webhookId=${webhook}&status=failed&${window}`, `webhookId=${webhook}&httpStatus=500&eventType=${type}`])
    .concat([`status=delivered&clientId=rare&${deep}`, `status=failed&${deep}`]);
  const spans = { '1 h': HOUR_MS, '24 h': DAY_MS, '7 d': 7 * DAY_MS, '30 d': 30 * DAY_MS };
  const statistics = Object.entries(spans).flatMap(([name, span]) => [
    ...['', '&clientId=large'].map((filter) => ({
      name: `events/stats/summary ${name} ${filter.slice(1)}`,
      path: `/api/events/stats/summary?from=${at(span)}${filter}`,
    })),
    ...['', '&clientId=large', `&webhookId=${webhook}`].map((filter) => ({
      name: `deliveries/stats/summary ${name} ${filter.slice(1).replace(webhook, '…')}`,
      path: `/api/deliveries/stats/summary?from=${at(span)}${filter}`,
    })),
    {
      name: `deliveries/stats/summary the ${name} before`,
      path: `/api/deliveries/stats/summary?from=${at(2 * span)}&to=${at(span)}`,
    },
  ]);
  const dryRun = (filter: Record<string, string>) => ({
    name: `dry run ${JSON.stringify(filter)
      .replaceAll(/[\dT:.-]{20,}Z/g, '…')
      .replaceAll(/[0-9a-f-]{36}/g, '…')}`,
    path: '/api/deliveries/retry',
    body: { filter, dryRun: true },
  });
  return [
    ...events.map(list('events')),
    ...deliveries.map(list('deliveries')),
    ...['', 'q=hook%201', 'q=nothing', 'clientId=tiny', 'isActive=true', `eventType=${type}`].map(list('webhooks')),
    ...['', 'action=webhook.created', 'targetId=none', `actor=none&${window}`].map(list('audit')),
    ...statistics,
    { name: 'deliveries/stats/summary over all', path: '/api/deliveries/stats/summary' },
    { name: 'events/stats/summary over all', path: '/api/events/stats/summary' },
    { name: 'webhooks/:id/stats, the busiest', path: `/api/webhooks/${webhook}/stats` },
    { name: 'webhooks/:id/stats, another', path: `/api/webhooks/${other}/stats` },
    dryRun({ status: 'failed' }),
    dryRun({ webhookId: webhook }),
    dryRun({ from: at(DAY_MS) }),
    { name: 'metrics', path: '/metrics' },
  ];
}
