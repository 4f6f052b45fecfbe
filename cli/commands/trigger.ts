import type { Command } from 'commander';
import { type RelayClient, RelayProblem } from '../../client/index.ts';
import { connectToChange, type ConnectionOptions, withConnection } from '../connection.ts';
import { exampleOf } from '../exampleOf.ts';
import { printOne } from '../output.ts';
import { sayWhoWants } from '../sayWhoWants.ts';

interface TriggerOptions extends ConnectionOptions {
  client?: string;
  json?: boolean;
}

export function addTrigger(program: Command): void {
  withConnection(program.command('trigger'))
    .description("Posts an event with an example of its type's payload, as the schema of the event type has it.")
    .argument('<type>', 'an event type, such as job.created')
    .option('--client <id>', "the client it is for; else the key's, or default-client")
    .option('--json', 'print the event as JSON')
    .action(trigger);
}

async function trigger(eventType: string, { client, ...options }: TriggerOptions): Promise<void> {
  const relay = connectToChange(options);
  const payload = await examplePayload(relay, eventType);
  const event = await relay.createEvent({ eventType, payload, ...(client !== undefined && { clientId: client }) });
  if (options.json) printOne(event, options);
  else console.log(`${event.id}\t${event.status}\tdeliveries: ${event.deliveryCount}\t${JSON.stringify(payload)}`);
  sayWhoWants(eventType, event.deliveryCount);
}

async function examplePayload(relay: RelayClient, eventType: string): Promise<Record<string, unknown>> {
  try {
    const { schema } = await relay.getEventType(eventType);
    const example = exampleOf(schema);
    return typeof example === 'object' && example !== null ? (example as Record<string, unknown>) : {};
  } catch (error) {
    if (!(error instanceof RelayProblem) || (error.code !== 'not_found' && error.code !== 'forbidden')) throw error;
    console.error(`No event type ${eventType} is known to this key: its payload is empty.`);
    return {};
  }
}
