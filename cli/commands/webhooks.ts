import type { Command } from 'commander';
import type { Webhook, WebhookPatch } from '../../contract/webhooks.ts';
import { connect, connectToChange, type ConnectionOptions, withConnection } from '../connection.ts';
import { collectMembers, firstRows, type ListOptions, parseTime, withList } from '../options.ts';
import { printOne, printRows } from '../output.ts';
import { parseInteger } from '../parseInteger.ts';
import { readPayload } from '../readPayload.ts';

interface Common extends ConnectionOptions {
  json?: boolean;
}

interface CreateOptions extends Common {
  name?: string;
  eventType: string[];
  client?: string;
  secret?: string;
  set?: Record<string, unknown>;
}

const SET = 'any setting of a webhook, its value as JSON or text; repeat for several';

export function addWebhooks(program: Command): void {
  const webhooks = program
    .command('webhooks')
    .description('Makes, lists, shows, changes and tries webhooks.')
    .showHelpAfterError();

  withConnection(webhooks.command('create'))
    .description('Makes a webhook and prints it with its secret, this once.')
    .argument('<target>', 'the URL that it sends to')
    .requiredOption('--event-type <pattern...>', 'job.created, job.* or *; repeat for several')
    .option('--name <name>', "else the target's host")
    .option('--client <id>', "whose it is; else the key's client, or default-client")
    .option('--secret <secret>', 'sign with it; else Relay makes one')
    .option('--set <member=value>', SET, collectMembers)
    .option('--json', 'print it as JSON')
    .action(create);

  withList(withConnection(webhooks.command('list')))
    .description('Lists webhooks, newest first.')
    .option('--client <id>', 'only those of this client')
    .option('--event-type <type>', 'only those that want it')
    .action(list);

  withConnection(webhooks.command('show'))
    .description('Shows a webhook and how its deliveries go.')
    .argument('<id>')
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: Common) => {
      const relay = connect(options);
      const [webhook, stats] = await Promise.all([relay.getWebhook(id), relay.getWebhookStats(id)]);
      printOne({ ...webhook, stats }, options);
    });

  withConnection(webhooks.command('update'))
    .description('Changes settings of a webhook; the others stay.')
    .argument('<id>')
    .requiredOption('--set <member=value>', SET, collectMembers)
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: Common & { set: WebhookPatch }) => {
      printOne(await connectToChange(options).updateWebhook(id, options.set), options);
    });

  withConnection(webhooks.command('delete'))
    .description('Deletes a webhook; what waits for it is cancelled, its history stays.')
    .argument('<id>')
    .action(async (id: string, options: ConnectionOptions) => {
      await connectToChange(options).deleteWebhook(id);
      console.log(`${id}\tdeleted`);
    });

  withConnection(webhooks.command('rotate'))
    .description('Gives a webhook another secret and prints it, this once; for a while both sign.')
    .argument('<id>')
    .option('--secret <secret>', 'this one; else Relay makes one')
    .option('--overlap <seconds>', 'how long the earlier one goes on signing', parseInteger(0, 604_800))
    .option('--json', 'print it as JSON')
    .action(async (id: string, { secret, overlap, ...options }: Common & { secret?: string; overlap?: number }) => {
      const rotation = { ...(secret && { secret }), ...(overlap !== undefined && { overlapSeconds: overlap }) };
      const rotated = await connectToChange(options).rotateWebhookSecret(id, rotation);
      console.log(
        options.json ? JSON.stringify(rotated, null, 2) : `${id}\n${rotated.secret}\nThe secret is shown this once.`,
      );
    });

  withConnection(webhooks.command('try'))
    .description('Sends a signed test now, without retries; fails when it was not taken.')
    .argument('<id>')
    .option('--event-type <type>', 'of the test')
    .option('--data <json>', 'its payload: JSON, @file, or - for standard input')
    .option('--json', 'print it as JSON')
    .action(tryOut);

  withConnection(webhooks.command('trial'))
    .description('Tries a webhook that is down now, with what has waited longest.')
    .argument('<id>')
    .option('--json', 'print the webhook as JSON')
    .action(async (id: string, options: Common) => {
      const { health, ...webhook } = await connectToChange(options).tryWebhook(id);
      if (options.json) printOne({ ...webhook, health }, options);
      else console.log(`${id}\ta trial is made\t${health.heldCount} held`);
    });

  withConnection(webhooks.command('recover'))
    .description('Delivers again what a webhook missed: all that failed, was skipped or cancelled in that time.')
    .argument('<id>')
    .requiredOption('--since <time>', 'as ISO 8601, or 30m, 24h, 7d ago', parseTime)
    .option('--until <time>', 'and before this', parseTime)
    .option('--json', 'print the batch as JSON')
    .action(async (id: string, { since, until, ...options }: Common & { since: string; until?: string }) => {
      printOne(await connectToChange(options).recoverWebhook(id, { since, ...(until && { until }) }), options);
    });
}

async function create(target: string, options: CreateOptions): Promise<void> {
  const { eventType: eventTypes, client, secret, set = {}, json } = options;
  const name = options.name ?? (URL.canParse(target) ? new URL(target).host : target);
  const wanted = {
    name,
    url: target,
    eventTypes,
    ...(client && { clientId: client }),
    ...(secret && { secret }),
    ...set,
  };
  const made = await connectToChange(options).createWebhook(wanted);
  console.log(
    json ? JSON.stringify(made, null, 2) : `${made.id}\t${made.name}\n${made.secret}\nThe secret is shown this once.`,
  );
}

async function list(options: ConnectionOptions & ListOptions & { client?: string; eventType?: string }): Promise<void> {
  const relay = connect(options);
  const { client: clientId, eventType } = options;
  const rows = await firstRows(relay.listWebhooks, { clientId, eventType }, options);
  printRows<Webhook>(rows, options, {
    id: ({ id }) => id,
    name: ({ name }) => name,
    client: ({ clientId: owner }) => owner,
    state: stateOf,
    held: ({ health }) => String(health.heldCount),
    wants: ({ eventTypes }) => eventTypes.join(' '),
    url: ({ url }) => url,
  });
}

/** Whether it is sent to, and whether its endpoint answers. */
function stateOf({ isActive, disabledReason, health }: Webhook): string {
  if (!isActive) return disabledReason ?? 'not active';
  return health.state === 'down' ? 'down' : 'active';
}

async function tryOut(id: string, options: Common & { eventType?: string; data?: string }): Promise<void> {
  const { eventType, data } = options;
  const payload = data === undefined ? undefined : (JSON.parse(await readPayload(data)) as Record<string, unknown>);
  const test = { ...(eventType && { eventType }), ...(payload && { payload }) };
  const result = await connectToChange(options).testWebhook(id, test);
  printOne(result, options);
  if (!result.ok) process.exitCode = 1;
}
