import { type Command, InvalidArgumentError } from 'commander';
import type { EventInput } from '../../contract/events.ts';
import { connectToChange, type ConnectionOptions, fetchFrom, withConnection } from '../connection.ts';
import { sayWhoWants } from '../sayWhoWants.ts';
import { messageOf } from '../failure.ts';
import { readPayload } from '../readPayload.ts';

interface SendOptions extends ConnectionOptions {
  data: string;
  client?: string;
  idempotencyKey?: string;
  tag?: Record<string, string>;
  webhook?: string[];
  at?: string;
  orderingKey?: string;
  json?: boolean;
}

export function addSend(program: Command): void {
  withConnection(program.command('send'))
    .description('Posts an event.')
    .argument('<type>', 'its event type, such as job.created')
    .option('--data <json>', 'the payload: JSON, @file, or - for standard input', '{}')
    .option('--client <id>', "the client it is for; else the key's, or default-client")
    .option('--idempotency-key <key>', 'makes sending it again harmless')
    .option('--tag <name:value>', 'a tag; may be repeated', addTag)
    .option('--webhook <id>', 'deliver to this webhook only, if it matches; may be repeated', addText)
    .option('--ordering-key <key>', 'webhooks with an order get the events of one key one after the other')
    .option('--at <time>', 'deliver it then, as ISO 8601')
    .option('--json', 'print the event as JSON, as Relay answered it')
    .action(send);
}

function addTag(text: string, tags: Record<string, string> = {}): Record<string, string> {
  const end = text.indexOf(':');
  if (end < 1) throw new InvalidArgumentError('It must be name:value.');
  return { ...tags, [text.slice(0, end)]: text.slice(end + 1) };
}

const addText = (text: string, texts: string[] = []): string[] => [...texts, text];

async function send(eventType: string, options: SendOptions, command: Command): Promise<void> {
  const payload = await readPayload(options.data).catch((error: unknown) =>
    command.error(`error: ${messageOf(error)}`, { exitCode: 2 }),
  );
  const event: Omit<EventInput, 'payload'> = {
    eventType,
    ...(options.client !== undefined && { clientId: options.client }),
    ...(options.idempotencyKey !== undefined && { idempotencyKey: options.idempotencyKey }),
    ...(options.tag && { tags: options.tag }),
    ...(options.webhook && { webhookIds: options.webhook }),
    ...(options.orderingKey !== undefined && { orderingKey: options.orderingKey }),
    ...(options.at !== undefined && { deliverAt: options.at }),
  };
  // The payload's own text is sent: parsing it would change numbers that JavaScript cannot hold.
  const body = `${JSON.stringify(event).slice(0, -1)},"payload":${payload}}`;
  // And for the same reason the answer's own text is printed.
  let answer = '';
  const reach = fetchFrom(options.url);
  const relay = connectToChange(options, async (input, init) => {
    const response = await reach(input, { ...init, body });
    answer = await response.clone().text();
    return response;
  });
  const { id, status, deliveryCount } = await relay.createEvent({
    ...event,
    payload: JSON.parse(payload) as EventInput['payload'],
  });
  console.log(options.json ? answer : `${id}\t${status}\tdeliveries: ${deliveryCount}`);
  sayWhoWants(eventType, deliveryCount);
}
