import { type Command, Option } from 'commander';
import type { Delivery } from '../../contract/deliveries.ts';
import { DELIVERY_STATUSES, type DeliveryStatus } from '../../contract/statuses.ts';
import { connect, type ConnectionOptions, withConnection } from '../connection.ts';
import { firstRows, type ListOptions, parseTime, withList } from '../options.ts';
import { printOne, printRows, table } from '../output.ts';
import { parseInteger } from '../parseInteger.ts';
import { printable } from '../printable.ts';
import { whyDelivery } from '../whyDelivery.ts';

/** Of the last answer's body, in characters. */
const SHOWN_BODY = 500;

interface ListDeliveries extends ConnectionOptions, ListOptions {
  status?: DeliveryStatus;
  webhook?: string;
  event?: string;
  eventType?: string;
  client?: string;
  httpStatus?: number;
  from?: string;
  to?: string;
}

export function addDeliveries(program: Command): void {
  const deliveries = program
    .command('deliveries')
    .description('Lists deliveries, and says what became of one and why.')
    .showHelpAfterError();

  withList(withConnection(deliveries.command('list')))
    .description('Lists deliveries, newest first.')
    .addOption(new Option('--status <status>', 'only those that are so').choices(DELIVERY_STATUSES))
    .option('--webhook <id>', 'only those to this webhook')
    .option('--event <id>', 'only those of this event')
    .option('--event-type <type>', 'only those of this event type')
    .option('--client <id>', 'only those of this client')
    .option('--http-status <n>', 'only those last answered so', parseInteger(100, 999))
    .option('--from <time>', 'only those made since: ISO 8601, or 30m, 24h, 7d ago', parseTime)
    .option('--to <time>', 'only those made before', parseTime)
    .action(list);

  withConnection(deliveries.command('show'))
    .description('Shows a delivery: what became of it, why, and each attempt.')
    .argument('<id>')
    .option('--json', 'print it as JSON')
    .action(show);
}

async function list(options: ListDeliveries): Promise<void> {
  const { status, webhook: webhookId, event: eventId, eventType, client: clientId, httpStatus, from, to } = options;
  const query = { status, webhookId, eventId, eventType, clientId, httpStatus, from, to };
  const rows = await firstRows(connect(options).listDeliveries, query, options);
  printRows<Delivery>(rows, options, {
    id: ({ id }) => id,
    made: ({ createdAt }) => createdAt,
    type: ({ eventType: type }) => type,
    status: ({ status: now }) => now,
    http: ({ httpStatus: answered }) => String(answered ?? '-'),
    retries: ({ retryCount }) => String(retryCount),
    webhook: ({ webhookId: to_ }) => to_,
    error: ({ error }) => error?.message ?? '',
  });
}

async function show(id: string, options: ConnectionOptions & { json?: boolean }): Promise<void> {
  const delivery = await connect(options).getDelivery(id);
  if (options.json) return printOne(delivery, options);
  const { eventType, eventId, webhookId, clientId, createdAt, attempts, workflow, responseBody } = delivery;
  console.log(`${whyDelivery(delivery)}\n`);
  printOne({ type: eventType, event: eventId, webhook: webhookId, client: clientId, made: createdAt }, options);
  if (workflow.url !== null) printOne({ workflow: workflow.url }, options);
  const rows = attempts.map(({ number, trigger, startedAt, httpStatus, durationMs, error }) => [
    ...[String(number), trigger, startedAt, String(httpStatus ?? '-'), `${durationMs} ms`],
    error ? `${error.code}: ${error.message}` : '',
  ]);
  if (rows.length > 0) console.log(`\n${table(['attempt', 'trigger', 'started', 'http', 'took', 'error'], rows)}`);
  if (responseBody) console.log(`\nThe last answer:\n${printable(responseBody.slice(0, SHOWN_BODY))}`);
}
