import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { RelayClient } from '../../client/index.ts';
import type { Batch } from '../../contract/batches.ts';
import type { Delivery, DeliveryFilter } from '../../contract/deliveries.ts';
import { RETRYABLE_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import { confirm } from '../confirm.ts';
import { connectToChange, type ConnectionOptions, requireNamedTarget, withConnection } from '../connection.ts';
import { CommandFailed, describeFailure } from '../failure.ts';
import { parseInteger } from '../parseInteger.ts';
import { retryWhenRateLimited } from '../retryWhenRateLimited.ts';

/** How often a batch is asked for; well within a key's 100 requests a minute. */
const FOLLOW_MS = 2000;

interface RetryOptions extends ConnectionOptions {
  status?: (typeof RETRYABLE_DELIVERY_STATUSES)[number];
  webhook?: string;
  event?: string;
  eventType?: string;
  client?: string;
  tag?: string;
  httpStatus?: number;
  from?: string;
  to?: string;
  dryRun?: boolean;
  yes?: boolean;
  wait?: boolean;
  json?: boolean;
}

export function addRetry(program: Command): void {
  withConnection(program.command('retry'))
    .description(
      'Tries deliveries again: those named, or every failed, skipped or cancelled one that matches all the options given.',
    )
    .argument('[deliveryId...]', 'deliveries to try again now')
    .addOption(new Option('--status <status>', 'only those that are so').choices(RETRYABLE_DELIVERY_STATUSES))
    .option('--webhook <id>', 'only those to this webhook')
    .option('--event <id>', 'only those of this event')
    .option('--event-type <type>', 'only those of this event type')
    .option('--client <id>', 'only those of this client')
    .option('--tag <name:value>', 'only those of events with this tag')
    .option('--http-status <n>', 'only those last answered so', parseInteger(100, 599))
    .option('--from <time>', 'only those created since, as ISO 8601')
    .option('--to <time>', 'only those created before, as ISO 8601')
    .option('--dry-run', 'only count those that match')
    .option('--yes', 'do not ask after counting')
    .option('--wait', 'wait until all that match were tried; fails when one was not delivered')
    .option('--json', 'print as JSON')
    .action(retry);
}

async function retry(ids: string[], options: RetryOptions, command: Command): Promise<void> {
  const filter = filterOf(options);
  const hasFilter = Object.keys(filter).length > 0;
  if (hasFilter === ids.length > 0) {
    command.error('error: retry wants either ids of deliveries or options that say which', { exitCode: 2 });
  }
  if (hasFilter && options.yes && !options.dryRun) requireNamedTarget(command, options);
  const relay = connectToChange(options);
  await (hasFilter ? retryMatching(relay, filter, options) : retryEach(relay, ids, options));
}

function filterOf(options: RetryOptions): DeliveryFilter {
  const { status, webhook, event, eventType, client, tag, httpStatus, from, to } = options;
  const all = { status, webhookId: webhook, eventId: event, eventType, clientId: client, tag, httpStatus, from, to };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** One that is refused does not keep the rest from being tried. */
async function retryEach(relay: RelayClient, ids: readonly string[], { json }: RetryOptions): Promise<void> {
  const retried: Delivery[] = [];
  for (const id of ids) {
    try {
      const delivery = await retryWhenRateLimited(() => relay.retryDelivery(id));
      retried.push(delivery);
      if (!json) console.log(`${id}\t${delivery.status}`);
    } catch (error) {
      if (error instanceof CommandFailed) throw error;
      console.error(`${id}: ${describeFailure(error)}`);
      process.exitCode = 1;
    }
  }
  if (json) console.log(JSON.stringify(retried, null, 2));
}

async function retryMatching(relay: RelayClient, filter: DeliveryFilter, options: RetryOptions): Promise<void> {
  const { dryRun, yes, wait, json } = options;
  const { count } = await relay.retryDeliveries({ filter, dryRun: true });
  const toCount = json && !dryRun ? console.error : console.log;
  toCount(
    json && dryRun ? JSON.stringify({ count }) : count === 1 ? '1 delivery matches.' : `${count} deliveries match.`,
  );
  if (dryRun || count === 0) return;
  const confirmed = yes || (await confirm(`Try ${count} deliveries again?`));
  if (!confirmed) throw new CommandFailed('Nothing was tried again', 'Confirm, or give --yes.');
  const started = await relay.retryDeliveries({ filter });
  const batch = wait ? await untilFinished(relay, started) : started;
  console.log(json ? JSON.stringify(batch, null, 2) : describeBatch(batch));
  if (wait && (batch.failed > 0 || batch.status !== 'done')) process.exitCode = 1;
}

async function untilFinished(relay: RelayClient, started: Batch): Promise<Batch> {
  let batch = started;
  while (batch.status === 'running') {
    await sleep(FOLLOW_MS);
    const { id } = batch;
    batch = await retryWhenRateLimited(() => relay.getBatch(id));
  }
  return batch;
}

function describeBatch({ id, status, total, done, failed }: Batch): string {
  return [id, status, `total ${total}`, `delivered ${done}`, `failed ${failed}`].join('\t');
}
