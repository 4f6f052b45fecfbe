import type { Command } from 'commander';
import type { NewEvent } from '../../contract/events.ts';
import { connect, type ConnectionOptions, fetchFrom, withConnection } from '../connection.ts';
import { messageOf } from '../failure.ts';
import { readPayload } from '../readPayload.ts';

interface SendOptions extends ConnectionOptions {
  data: string;
  client?: string;
  idempotencyKey?: string;
  json?: boolean;
}

export function addSend(program: Command): void {
  withConnection(program.command('send'))
    .description('Posts an event.')
    .argument('<type>', 'its event type, such as job.created')
    .option('--data <json>', 'the payload: JSON, @file, or - for standard input', '{}')
    .option('--client <id>', "the client it is for; else the key's, or default-client")
    .option('--idempotency-key <key>', 'makes sending it again harmless')
    .option('--json', 'print the event as JSON')
    .action(send);
}

async function send(eventType: string, options: SendOptions, command: Command): Promise<void> {
  const payload = await readPayload(options.data).catch((error: unknown) =>
    command.error(`error: ${messageOf(error)}`, { exitCode: 2 }),
  );
  const event: Omit<NewEvent, 'payload'> = {
    eventType,
    ...(options.client !== undefined && { clientId: options.client }),
    ...(options.idempotencyKey !== undefined && { idempotencyKey: options.idempotencyKey }),
  };
  // The payload's own text is sent: parsing it would change numbers that JavaScript cannot hold.
  const body = `${JSON.stringify(event).slice(0, -1)},"payload":${payload}}`;
  const reach = fetchFrom(options.url);
  const relay = connect(options, (input, init) => reach(input, { ...init, body }));
  const recorded = await relay.createEvent({ ...event, payload: JSON.parse(payload) as NewEvent['payload'] });
  const { id, status, deliveryCount } = recorded;
  console.log(options.json ? JSON.stringify(recorded, null, 2) : `${id}\t${status}\tdeliveries: ${deliveryCount}`);
}
