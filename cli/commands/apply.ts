import type { Command } from 'commander';
import { everyRow, type RelayClient } from '../../client/index.ts';
import type { Page } from '../../contract/primitives.ts';
import type { Present, Step } from '../apply/plan.ts';
import type { Wanted } from '../apply/wanted.ts';
import { confirm } from '../confirm.ts';
import { connect, connectToChange, type ConnectionOptions, requireNamedTarget, withConnection } from '../connection.ts';
import { CommandFailed } from '../failure.ts';
import { retryWhenRateLimited } from '../retryWhenRateLimited.ts';

interface ApplyOptions extends ConnectionOptions {
  prune?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

const SIGNS: Record<Step['does'], string> = { create: '+', change: '~', delete: '-', keep: '=', differs: '!' };

export function addApply(program: Command): void {
  withConnection(program.command('apply'))
    .description('Makes webhooks, event types and keys what a file says; what it does not name stays.')
    .argument('<file>', 'YAML or JSON, as relay export prints it; - for standard input')
    .option('--dry-run', 'only say what would be done')
    .option('--prune', 'also delete webhooks with an externalId, and event types, that are not in the file')
    .option('--yes', 'do not ask before something is deleted')
    .option('--json', 'print the steps as one JSON array')
    .action(apply);

  withConnection(program.command('export'))
    .description(
      'Prints webhooks, event types and keys as a file for relay apply; no secrets, hidden header values masked.',
    )
    .option('--client <id>', 'only the webhooks of this client')
    .action(exportAll);
}

async function apply(file: string, options: ApplyOptions, command: Command): Promise<void> {
  const [{ readWanted }, { planOf }] = await Promise.all([import('../apply/wanted.ts'), import('../apply/plan.ts')]);
  const { prune = false, dryRun = false, yes = false, json = false } = options;
  if (prune && yes && !dryRun) requireNamedTarget(command, options);
  const wanted = await readWanted(file);
  const relay = connectToChange(options);
  const [present, { clientId }] = await Promise.all([readPresent(relay, wanted), relay.getMe()]);
  const steps = planOf(wanted, present, clientId, prune);
  const deletions = steps.filter(({ does }) => does === 'delete').length;
  if (deletions > 0 && !dryRun && !yes) {
    for (const step of steps.filter(({ does }) => does === 'delete')) console.error(describe(step));
    const confirmed = await confirm(`Delete ${deletions === 1 ? 'this one' : `these ${deletions}`}?`);
    if (!confirmed) throw new CommandFailed('Nothing was done', 'Confirm, or give --yes.');
  }
  const done: object[] = [];
  for (const step of steps) {
    const shown = dryRun ? null : await retryWhenRateLimited(() => step.run(relay));
    const { kind, name, does, detail } = step;
    done.push({ kind, name, does, detail, ...(shown !== null && { shown }) });
    if (!json) console.log(`${describe(step)}${shown === null ? '' : `\n    ${shown}, shown this once`}`);
  }
  if (json) console.log(JSON.stringify(done, null, 2));
  if (steps.some(({ does }) => does === 'differs')) process.exitCode = 1;
}

function describe({ kind, name, does, detail }: Step): string {
  return `${SIGNS[does]} ${does.padEnd(7)} ${kind} ${name}${detail && `  ${detail}`}`;
}

/** What Relay has of what the file speaks of. */
async function readPresent(relay: RelayClient, wanted: Wanted): Promise<Present> {
  const [webhooks, eventTypes, keys] = await Promise.all([
    wanted.webhooks ? allOf(relay.listWebhooks) : [],
    wanted.eventTypes ? allOf(relay.listEventTypes) : [],
    wanted.keys ? allOf(relay.listKeys) : [],
  ]);
  return { webhooks, eventTypes, keys };
}

async function exportAll(options: ConnectionOptions & { client?: string }): Promise<void> {
  const { stringify } = await import('yaml');
  const relay = connect(options);
  const { scopes } = await relay.getMe();
  const all = await allOf(relay.listWebhooks);
  const webhooks = all.filter(({ clientId }) => options.client === undefined || clientId === options.client);
  const eventTypes = await allOf(relay.listEventTypes);
  const listed = scopes.includes('admin') ? await allOf(relay.listKeys) : null;
  // Visits come and go.
  const keys = listed?.filter(({ kind }) => kind === 'key');
  const file = {
    webhooks: webhooks.map(declared),
    eventTypes: eventTypes.map(({ createdAt: _made, updatedAt: _changed, ...type }) => type),
    ...(keys && {
      keys: keys.map(({ name, scopes: may, clientId }) => ({
        name,
        scopes: may,
        ...(clientId !== null && { clientId }),
      })),
    }),
  };
  process.stdout.write(stringify(file));
}

/** What only Relay decides, and is not the caller's to declare. */
const DECIDED = [
  'disabledReason',
  'disabledAt',
  'consecutiveFailures',
  'createdAt',
  'updatedAt',
  'health',
  'publicKey',
];

/** A webhook without what Relay alone decides; by its externalId where it has one. */
function declared(webhook: object): object {
  const members = Object.entries(webhook).filter(([name, value]) => !DECIDED.includes(name) && value !== null);
  const { externalId, id, ...rest } = Object.fromEntries(members) as Record<string, unknown>;
  return externalId === undefined ? { id, ...rest } : { externalId, ...rest };
}

async function allOf<T>(list: (query?: { cursor?: string; limit?: number }) => Promise<Page<T>>): Promise<T[]> {
  const rows: T[] = [];
  for await (const row of everyRow(list, { limit: 100 })) rows.push(row);
  return rows;
}
