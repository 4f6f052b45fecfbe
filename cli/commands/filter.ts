import type { Command } from 'commander';
import { connect, type ConnectionOptions, withConnection } from '../connection.ts';
import { messageOf } from '../failure.ts';
import { readPayload } from '../readPayload.ts';

interface FilterOptions extends ConnectionOptions {
  event?: string;
  type?: string;
  data?: string;
}

export function addFilter(program: Command): void {
  withConnection(program.command('filter'))
    .description('Tells whether a filter lets an event through.')
    .argument('<filter>', 'the filter: JSON, @file, or - for standard input')
    .option('--event <id>', 'an event that was posted')
    .option('--type <type>', 'else the type of one that was not')
    .option('--data <json>', 'and its payload: JSON, @file, or - for standard input', '{}')
    .action(tryFilter);
}

async function tryFilter(filter: string, { event, type, data = '{}', ...options }: FilterOptions, command: Command) {
  const read = async (text: string) => JSON.parse(await readPayload(text)) as Record<string, unknown>;
  const refuse = (message: string) => command.error(`error: ${message}`, { exitCode: 2 });
  if ((event === undefined) === (type === undefined)) refuse('either --event or --type must be given');
  const values = await Promise.all([read(filter), read(data)]).catch((error: unknown) => refuse(messageOf(error)));
  const sample = event === undefined ? { event: { eventType: type ?? '', payload: values[1] } } : { eventId: event };
  const { matches } = await connect(options).testFilter({ filter: values[0], ...sample });
  console.log(matches ? 'matches' : 'does not match');
}
