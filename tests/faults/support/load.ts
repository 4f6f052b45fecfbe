import { inspect } from 'node:util';
import { createReceiver, type Receiver } from '../../../receiver/createReceiver.ts';
import type { RetryPolicy } from '../../../contract/retrySchedule.ts';
import type { Reaction } from '../../../receiver/reaction.ts';
import { createApiClient } from '../../support/apiClient.ts';
import { eventually } from '../../support/eventually.ts';

const PATIENT = { initialIntervalMs: 500, backoffCoefficient: 1, maximumIntervalMs: 500, maximumAttempts: 100 };

/** What became of the events of one run. */
export interface Tally {
  accepted: number;
  refused: number;
  delivered: number;
  lost: number;
  duplicates: number;
}

export interface LoadOptions {
  /** The API processes, tried in turn; one that cannot be reached is passed over, as a load balancer would. */
  urls: () => string[];
  eventType: string;
  perSecond: number;
  respond?: () => Reaction;
  /** The host that the webhook's URL names; by default the receiver's address. */
  host?: string;
  /** By default one that tries for long. */
  retryPolicy?: Partial<RetryPolicy>;
}

export interface Load {
  receiver: Receiver;
  webhookId: string;
  /** Waits until so many more events have been accepted. */
  accepted: (count: number) => Promise<void>;
  /** Stops posting, waits until everything accepted has arrived, and counts. */
  finish: (withinMs?: number) => Promise<Tally>;
}

/** Posts events at a steady pace to a webhook of its own, from now on until `finish`. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const { urls, eventType, perSecond, respond = () => ({}), host = '127.0.0.1', retryPolicy = PATIENT } = options;
  const receiver = createReceiver({ respond });
  const url = (await receiver.listen()).url.replace('127.0.0.1', host);
  const [first = ''] = urls();
  const webhook = await createApiClient(first).createWebhook({ url, eventTypes: [eventType], retryPolicy });
  const ids = new Set<string>();
  const underWay = new Set<Promise<void>>();
  let refused = 0;
  let turn = 0;

  async function post(): Promise<void> {
    const number = turn++;
    const event = { eventType, payload: { number }, idempotencyKey: `${eventType}-${number}` };
    const candidates = urls();
    let last = 'there is no process';
    for (let tried = 0; tried < candidates.length; tried++) {
      const api = createApiClient(candidates[(number + tried) % candidates.length] ?? '');
      const answer = await api.postEvent(event).catch((error: unknown) => error as Error);
      // 200: a process took it and died before it could say so.
      if (!(answer instanceof Error) && (answer.status === 202 || answer.status === 200)) {
        return void ids.add(answer.body.id);
      }
      last = answer instanceof Error ? inspect(answer) : JSON.stringify(answer.body);
    }
    refused += 1;
    process.stderr.write(`Refused: ${last}\n`);
  }

  const timer = setInterval(() => {
    const posting = post().finally(() => underWay.delete(posting));
    underWay.add(posting);
  }, 1000 / perSecond);

  const taken = (): string[] => receiver.received.map(({ headers }) => String(headers['webhook-id']));

  /** The accepted events that have not arrived. */
  function missing(): string[] {
    const delivered = new Set(taken());
    return [...ids].filter((id) => !delivered.has(id));
  }

  function tally(): Tally {
    const delivered = new Set(taken()).size;
    const duplicates = receiver.received.length - delivered;
    return { accepted: ids.size, refused, delivered, lost: missing().length, duplicates };
  }

  /** Whether Relay itself has nothing left to do for this webhook; what was received may still count as failed. */
  async function isSettled(): Promise<boolean> {
    const [base = ''] = urls();
    const api = createApiClient(base);
    for (const status of ['pending', 'retrying']) {
      const { body } = await api.listDeliveries(`?webhookId=${webhook.id}&status=${status}&limit=1`);
      if (body.data.length > 0) return false;
    }
    return true;
  }

  /** Prints what Relay itself says of the first events that have not arrived: late is told from stuck by it. */
  async function tellWhatIsMissing(): Promise<void> {
    const [base = ''] = urls();
    const api = createApiClient(base);
    for (const id of missing().slice(0, 3)) {
      const event = await api.call('GET', `/api/events/${id}`);
      for (const { id: deliveryId } of (event.body as { deliveries?: { id: string }[] }).deliveries ?? []) {
        const delivery = await api.call('GET', `/api/deliveries/${deliveryId}`);
        const history = await api.call('GET', `/api/deliveries/${deliveryId}/history`);
        process.stderr.write(`${JSON.stringify({ delivery: delivery.body, history: history.body }, null, 1)}\n`);
      }
    }
  }

  return {
    receiver,
    webhookId: webhook.id,
    async accepted(count) {
      const target = ids.size + count;
      await eventually(() => ids.size >= target, 120_000);
    },
    async finish(withinMs = 120_000) {
      clearInterval(timer);
      await Promise.all(underWay);
      await eventually(async () => missing().length === 0 && (await isSettled()), withinMs).catch(tellWhatIsMissing);
      await receiver.close();
      return tally();
    },
  };
}
