import type { Command } from 'commander';
import type { SearchHit } from '../../contract/search.ts';
import { connect, type ConnectionOptions, withConnection } from '../connection.ts';
import { printRows } from '../output.ts';
import { parseInteger } from '../parseInteger.ts';
import { printable } from '../printable.ts';

interface SearchOptions extends ConnectionOptions {
  limit?: number;
  further?: string;
  json?: boolean;
}

export function addSearch(program: Command): void {
  withConnection(program.command('search'))
    .description('Finds deliveries, events, webhooks and event types by anything known of them.')
    .argument('<text>', 'an id, a key, a tag, a URL, a name, or a value in a payload')
    .option('--limit <n>', 'how many of each kind', parseInteger(1, 20))
    .option('--further <cursor>', 'look further back through payloads, from where a search ended')
    .option('--json', 'print it as JSON')
    .action(find);
}

async function find(q: string, { limit, further: cursor, ...options }: SearchOptions): Promise<void> {
  const query = { q, ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) };
  const result = await connect(options).search(query);
  if (options.json) return console.log(JSON.stringify(result, null, 2));
  printRows<SearchHit>(result.data, options, {
    kind: ({ kind }) => kind,
    id: ({ id }) => id,
    made: ({ at }) => at ?? '-',
    title: ({ title }) => title,
    status: ({ status }) => status ?? '-',
    detail: ({ detail }) => printable(detail ?? '-'),
    found: ({ why }) => printable(`${why.by} ${why.text.replace(/\s+/g, ' ')}`),
  });
  // Beside the rows, which may go to another program.
  if (result.nextCursor !== null) {
    console.error(
      `Payloads were looked through back to ${result.lookedBackTo ?? 'now'}; --further ${result.nextCursor} looks on from there.`,
    );
  } else if (!result.isComplete) console.error('Not all could be looked through in time.');
}
