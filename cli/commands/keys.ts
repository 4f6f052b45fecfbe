import type { Command } from 'commander';
import { everyRow } from '../../client/index.ts';
import type { ApiKey, ApiKeyInput } from '../../contract/access.ts';
import { SCOPES, type Scope } from '../../contract/scopes.ts';
import { connect, connectToChange, type ConnectionOptions, withConnection } from '../connection.ts';
import { parseInteger } from '../parseInteger.ts';

interface Output extends ConnectionOptions {
  json?: boolean;
}

interface CreateOptions extends Output {
  name: string;
  scope: Scope[];
  client?: string;
  perMinute?: number;
  expires?: string;
}

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('Makes, lists and revokes API keys.').showHelpAfterError();

  withConnection(keys.command('create'))
    .description('Makes a key and prints it, this once.')
    .requiredOption('--name <name>', 'what it is for')
    // The API names what is no scope.
    .requiredOption('--scope <scope...>', `what it may do: ${SCOPES.join(', ')}`)
    .option('--client <id>', 'the only client it may see and post for')
    .option('--per-minute <n>', 'requests a minute; 0 is unlimited', parseInteger(0, 10_000_000))
    .option('--expires <time>', 'when it ends, as ISO 8601')
    .option('--json', 'print it as JSON')
    .action(create);

  withConnection(keys.command('list'))
    .description('Lists the keys that can be used, newest first; never the keys themselves.')
    .option('--json', 'print them as one JSON array')
    .action(list);

  withConnection(keys.command('revoke'))
    .description('Ends a key for good.')
    .argument('<id>', 'the id that create and list print')
    .action(async (id: string, options: ConnectionOptions) => {
      await connectToChange(options).revokeKey(id);
      console.log('Revoked; it stops everywhere within two seconds.');
    });
}

async function create(options: CreateOptions): Promise<void> {
  const { name, scope: scopes, client, perMinute, expires, json } = options;
  const wanted: ApiKeyInput = {
    name,
    scopes,
    ...(client && { clientId: client }),
    ...(perMinute !== undefined && { rateLimitPerMinute: perMinute }),
    ...(expires && { expiresAt: expires }),
  };
  const created = await connectToChange(options).createKey(wanted);
  console.log(
    json
      ? JSON.stringify(created, null, 2)
      : `${created.id}\t${created.name}\n${created.key}\nThe key is shown this once.`,
  );
}

async function list(options: Output): Promise<void> {
  const relay = connect(options);
  const rows: ApiKey[] = [];
  for await (const key of everyRow((query) => relay.listKeys(query), {})) {
    if (options.json) rows.push(key);
    else console.log(describeKey(key));
  }
  if (options.json) console.log(JSON.stringify(rows, null, 2));
}

function describeKey({ id, name, scopes, clientId, lastUsedAt }: ApiKey): string {
  return [id, name, scopes.join(' '), clientId ?? 'all clients', lastUsedAt ?? 'never used'].join('\t');
}
