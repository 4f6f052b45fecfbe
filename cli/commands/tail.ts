import { type Command, Option } from 'commander';
import { DELIVERY_STATUSES, type DeliveryStatus } from '../../contract/statuses.ts';
import type { DeliveryUpdated } from '../../contract/stream.ts';
import { followStream } from '../../client/index.ts';
import { apiKeyOf, connect, type ConnectionOptions, fetchFrom, withConnection } from '../connection.ts';
import { createEventTypes } from '../tail/eventTypes.ts';

interface TailOptions extends ConnectionOptions {
  webhook?: string;
  status?: DeliveryStatus[];
  eventType?: string;
  json?: boolean;
}

/** So many deliveries are remembered, to print a change once that the stream tells twice. */
const REMEMBERED = 10_000;

export function addTail(program: Command): void {
  withConnection(program.command('tail'))
    .description('Follows deliveries, a line for each change, until Ctrl-C.')
    .option('--webhook <id>', 'only those to this webhook')
    .addOption(new Option('--status <status...>', 'only changes to it; repeat for several').choices(DELIVERY_STATUSES))
    .option('--event-type <type>', 'only those of this event type')
    .option('--json', 'print each change as JSON, one a line')
    .action(tail);
}

async function tail(options: TailOptions): Promise<void> {
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
  const eventTypes = createEventTypes(connect(options));
  const isNews = createNewsFilter();
  const apiKey = apiKeyOf(options);
  const messages = followStream({
    baseUrl: options.url,
    ...(apiKey !== undefined && { apiKey }),
    fetch: fetchFrom(options.url),
    signal: stopping.signal,
    onOpen: () => console.error(`Following ${options.url} (Ctrl-C stops)`),
    onLost: () => console.error('The connection was lost; trying again, and going on where it ended.'),
  });
  for await (const { event, data } of messages) {
    if (event === 'event.created') {
      eventTypes.learn(data.id, data.eventType);
    } else if (event === 'reset') {
      console.error('Changes may have been missed: GET /api/deliveries has them.');
    } else if (event === 'delivery.updated') {
      const delivery = data;
      if (!isNews(delivery) || !isWanted(delivery, options)) continue;
      const eventType = options.eventType ? await eventTypes.find(delivery) : eventTypes.known(delivery.eventId);
      if (options.eventType && eventType !== options.eventType) continue;
      console.log(options.json ? JSON.stringify({ ...delivery, eventType }) : describe(delivery, eventType));
    }
  }
}

function isWanted({ webhookId, status }: DeliveryUpdated, wanted: TailOptions): boolean {
  return (!wanted.webhook || wanted.webhook === webhookId) && (!wanted.status || wanted.status.includes(status));
}

function describe(delivery: DeliveryUpdated, eventType: string | null): string {
  const { at, status, httpStatus, retryCount, id, webhookId } = delivery;
  return [
    ...[at, status.padEnd(9), String(httpStatus ?? '-').padEnd(3), eventType ?? '-'],
    ...[`delivery ${id}`, `webhook ${webhookId}`, `retries ${retryCount}`],
  ].join('  ');
}

/** After a lost connection the stream repeats the last seconds. */
function createNewsFilter(): (delivery: DeliveryUpdated) => boolean {
  const seen = new Map<string, string>();
  return ({ id, status, at }) => {
    const state = `${status} ${at}`;
    if (seen.get(id) === state) return false;
    seen.delete(id);
    seen.set(id, state);
    const [oldest] = seen.size > REMEMBERED ? seen.keys() : [];
    if (oldest !== undefined) seen.delete(oldest);
    return true;
  };
}
