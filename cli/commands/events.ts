import { type Command, Option } from 'commander';
import type { Event } from '../../contract/events.ts';
import { EVENT_STATUSES } from '../../contract/statuses.ts';
import { connect, connectToChange, type ConnectionOptions, withConnection } from '../connection.ts';
import { firstRows, type ListOptions, parseTime, withList } from '../options.ts';
import { facts, printOne, printRows, table } from '../output.ts';

interface Common extends ConnectionOptions {
  json?: boolean;
}

interface ListEvents extends ConnectionOptions, ListOptions {
  status?: (typeof EVENT_STATUSES)[number];
  eventType?: string;
  client?: string;
  from?: string;
  to?: string;
}

export function addEvents(program: Command): void {
  const events = program.command('events').description('Lists, shows and replays events.').showHelpAfterError();

  withList(withConnection(events.command('list')))
    .description('Lists events, newest first.')
    .addOption(new Option('--status <status>', 'only those of which this became').choices(EVENT_STATUSES))
    .option('--event-type <type>', 'only those of this type')
    .option('--client <id>', 'only those of this client')
    .option('--from <time>', 'only those posted since: ISO 8601, or 30m, 24h, 7d ago', parseTime)
    .option('--to <time>', 'only those posted before', parseTime)
    .action(list);

  withConnection(events.command('show'))
    .description('Shows an event with its deliveries.')
    .argument('<id>')
    .option('--json', 'print it as JSON')
    .action(show);

  withConnection(events.command('replay'))
    .description('Delivers an event again, to every webhook that wants it now, or to those named.')
    .argument('<id>')
    .option('--webhook <id...>', 'only to this one; repeat for several')
    .option('--json', 'print it as JSON')
    .action(async (id: string, { webhook, ...options }: Common & { webhook?: string[] }) => {
      const replayed = await connectToChange(options).replayEvent(id, webhook ? { webhookIds: webhook } : {});
      const { status, deliveryCount } = replayed;
      if (options.json) printOne(replayed, options);
      else console.log(`${id}\t${status}\tdeliveries: ${deliveryCount}`);
    });
}

async function list(options: ListEvents): Promise<void> {
  const { status, eventType, client: clientId, from, to } = options;
  const rows = await firstRows(connect(options).listEvents, { status, eventType, clientId, from, to }, options);
  printRows<Event>(rows, options, {
    id: ({ id }) => id,
    posted: ({ createdAt }) => createdAt,
    type: ({ eventType: type }) => type,
    client: ({ clientId: owner }) => owner,
    status: ({ status: now }) => now,
    deliveries: ({ deliveryCount }) => String(deliveryCount),
    error: ({ lastError }) => lastError ?? '',
  });
}

async function show(id: string, options: Common): Promise<void> {
  const event = await connect(options).getEvent(id);
  if (options.json) return printOne(event, options);
  const { deliveries, ...rest } = event;
  console.log(facts(rest));
  if (deliveries.length === 0) return;
  const rows = deliveries.map(({ id: delivery, status, httpStatus, webhookId, error }) => [
    ...[delivery, status, String(httpStatus ?? '-'), webhookId, error?.message ?? ''],
  ]);
  console.log(`\n${table(['delivery', 'status', 'http', 'webhook', 'error'], rows)}`);
}
