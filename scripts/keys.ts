import { parseArgs } from 'node:util';
import { DEVELOPMENT_API_KEY } from '../api/config.ts';
import { createRelayClient, everyRow, RelayProblem } from '../client/index.ts';
import type { NewApiKey } from '../contract/access.ts';
import { SCOPES, type Scope } from '../contract/scopes.ts';

const USAGE = `Usage:
  npm run keys -- list
  npm run keys -- create --name <name> --scope <scope> … [--client <id>] [--per-minute <n>] [--expires <ISO time>]
  npm run keys -- revoke <id>

Scopes: ${SCOPES.join(', ')}
RELAY_URL (default http://localhost:5000) says where, ADMIN_API_KEY with which key.`;

/** `npm run keys`: makes, lists and revokes API keys. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string' },
    scope: { type: 'string', multiple: true },
    client: { type: 'string' },
    'per-minute': { type: 'string' },
    expires: { type: 'string' },
  },
});
const relay = createRelayClient({
  baseUrl: process.env['RELAY_URL'] ?? 'http://localhost:5000',
  apiKey: process.env['ADMIN_API_KEY'] ?? DEVELOPMENT_API_KEY,
});

async function run([command, id]: string[]): Promise<void> {
  if (command === 'list') {
    for await (const key of everyRow((query) => relay.listKeys(query), {})) {
      const { scopes, clientId, lastUsedAt } = key;
      console.log(
        [key.id, key.name, scopes.join(' '), clientId ?? 'all clients', lastUsedAt ?? 'never used'].join('\t'),
      );
    }
  } else if (command === 'create' && values.name && values.scope) {
    const made = await relay.createKey(wanted(values.name, values.scope));
    console.log(`${made.id}\t${made.name}\n${made.key}\nThe key is shown this once.`);
  } else if (command === 'revoke' && id) {
    await relay.revokeKey(id);
    console.log('Revoked; it stops everywhere within two seconds.');
  } else {
    console.error(USAGE);
    process.exitCode = 1;
  }
}

function wanted(name: string, scopes: string[]): NewApiKey {
  return {
    name,
    // The API names what is no scope.
    scopes: scopes as Scope[],
    ...(values.client && { clientId: values.client }),
    ...(values['per-minute'] && { rateLimitPerMinute: Number(values['per-minute']) }),
    ...(values.expires && { expiresAt: values.expires }),
  };
}

try {
  await run(positionals);
} catch (error) {
  console.error(error instanceof RelayProblem ? error.message : `Relay cannot be reached: ${String(error)}`);
  process.exitCode = 1;
}
