import type { AttemptOutcome } from '../../contract/deliveryWorkflow.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Drain } from './Drain.ts';
import { FairQueue } from './fairQueue.ts';
import {
  entryKey,
  mayRunAlready,
  startKey,
  type DeliveryWorkflows,
  type OutboxEntry,
  type OutboxStore,
  type QueuedEntry,
} from './ports.ts';
import type { Spare } from './Spare.ts';
import type { StartWindow } from './startWindow.ts';

/** So many workflows are started at once, and have not yet begun to run here. */
const STARTS_AT_ONCE = 32;
/** So many while as much is being sent as may be, and more waits: what Temporal is told can wait, what is sent is waited for. */
const STARTS_WHILE_SENDING = 8;
/** A workflow that does not run here by then runs elsewhere, in ms. */
const RUNS_ELSEWHERE_MS = 2000;
/** So many deliveries that were sent wait here for their workflow; those beyond wait in the database. */
const MOST_OWED = 5000;
/**
 * Nobody waits for a cancelled workflow to hear of it, and a webhook that is deleted may have a hundred thousand of them:
 * so few are told at once that those who are waited for do not notice.
 */
const CANCELS_AT_ONCE = 1;
/** After a cancel it rests for so many times as long as it took, at most so long (ms), for the same reason. */
const CANCEL_REST = 3;
const CANCEL_REST_MAX_MS = 1000;
/** Pause after a call to Temporal failed (ms). */
const TROUBLE_PAUSE_MS = 1000;

interface StarterOptions {
  /** What was claimed from the outbox. */
  claimed: FairQueue<QueuedEntry>;
  window: StartWindow;
  spare: Pick<Spare, 'starts'>;
  drain: Drain;
  outbox: Pick<OutboxStore, 'done' | 'release'>;
  logger: Pick<Logger, 'warn'>;
  /** Whether as much is being sent as may be, and more waits. */
  isSending: () => boolean;
  /** Told that the queue has become shorter. */
  onTaken: () => void;
  onFailed: (() => void) | undefined;
}

/** A delivery that was sent here and whose workflow is to be started. */
interface Owed {
  entry: OutboxEntry;
  attempt: 'running' | 'ended';
  /** What the record of its attempt has done to its row; `kept` also when there is no record. */
  row: 'kept' | 'gone';
  /** `left`: Temporal is not there yet, or too many wait here: its row is to be claimed again once its attempt has ended. */
  start: 'queued' | 'answered' | 'left';
}

/**
 * Tells Temporal what it must be told; see the table at {@link Dispatcher}. First of what was sent here and not taken, whose retry is
 * its workflow's; then of what was claimed, which mostly is asked for, or was held; then of what is sent, or has been taken.
 */
export class Starter {
  readonly #options: StarterOptions;
  /** What was sent here and not taken. */
  readonly #urgent = new FairQueue<QueuedEntry>(entryKey);
  /** The rest of what is, or was, sent here. */
  readonly #sent = new FairQueue<QueuedEntry>(entryKey);
  readonly #owed = new Map<string, Owed>();
  /** Starts that were asked for and do not run here yet, with the time of Temporal's answer, in ms since the epoch. */
  readonly #starting = new Map<string, number>();
  readonly #calls = new Set<Promise<void>>();
  readonly #cancelling = new Set<string>();
  #done: OutboxEntry[] = [];
  /** Deliveries whose rows are to be given back. */
  #left: string[] = [];
  #pausedUntil = 0;
  /** Null before the start and after the stop. */
  #workflows: DeliveryWorkflows | null = null;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  /** Temporal is there, by these. */
  start(workflows: DeliveryWorkflows): void {
    this.#workflows = workflows;
  }

  /** Begins nothing more; resolves when every call to Temporal has ended. */
  async stop(): Promise<void> {
    this.#workflows = null;
    await Promise.allSettled(this.#calls);
  }

  /** Takes what Temporal has out of the outbox, and gives back what was sent and has no workflow yet. */
  async leave(): Promise<void> {
    await this.#markDone();
    const ended = [...this.#owed.values()].filter(({ attempt }) => attempt === 'ended');
    this.#left.push(...ended.map(({ entry }) => entry.deliveryId));
    await this.#giveBack();
  }

  /** Whether more than is queued may wait here for its workflow. */
  get hasRoom(): boolean {
    return this.#workflows !== null && this.#sent.size + this.#urgent.size < MOST_OWED;
  }

  has(deliveryId: string): boolean {
    return this.#owed.has(deliveryId) || this.#starting.has(deliveryId);
  }

  /** Whether the delivery's row must stay in the outbox for its workflow; asked when its attempt is recorded. */
  isOwed(deliveryId: string): boolean {
    const owed = this.#owed.get(deliveryId);
    if (owed?.start !== 'answered') return owed !== undefined;
    owed.row = 'gone';
    return false;
  }

  /** The delivery's first attempt begins here; its workflow is started behind it. */
  owe(entry: OutboxEntry): void {
    const start = this.hasRoom ? 'queued' : 'left';
    this.#owed.set(entry.deliveryId, { entry, attempt: 'running', row: 'kept', start });
    if (start === 'left') return;
    this.#sent.add(entry);
    this.pump();
  }

  /** The first attempt that was made here has ended; without an outcome nothing is recorded of it. */
  attemptEnded(deliveryId: string, outcome: AttemptOutcome | null): void {
    const owed = this.#owed.get(deliveryId);
    if (!owed) return;
    owed.attempt = 'ended';
    if (!outcome) owed.row = 'kept';
    if (outcome?.status !== 'delivered' && this.#sent.remove(owed.entry)) this.#urgent.add(owed.entry);
    this.#settle(deliveryId, owed);
  }

  /** A delivery's workflow runs here, so that another may be started. */
  workflowRuns(deliveryId: string): void {
    if (this.#starting.delete(deliveryId)) this.pump();
  }

  /** Begins what there is room for; of starts `fewest` at once, however much is yielded to posts. */
  pump(fewest = 0): void {
    const { claimed, onTaken } = this.#options;
    while (this.#workflows && Date.now() >= this.#pausedUntil) {
      const mayGo = (first: QueuedEntry) => this.#mayGo(first, fewest);
      const entry = this.#urgent.take(mayGo) ?? claimed.take(mayGo) ?? this.#sent.take(mayGo);
      if (!entry) break;
      const call = this.#handOver(entry, this.#workflows).finally(() => this.#calls.delete(call));
      this.#calls.add(call);
    }
    onTaken();
  }

  /** What happens by the passing of time alone; called at intervals. */
  tick(): void {
    const before = Date.now() - RUNS_ELSEWHERE_MS;
    for (const [deliveryId, answeredAt] of this.#starting) {
      if (answeredAt <= before) this.#starting.delete(deliveryId);
    }
    void this.#markDone();
    void this.#giveBack();
    this.pump(1);
  }

  #mayGo(entry: QueuedEntry, fewest: number): boolean {
    const { kind } = entry;
    const { window, drain } = this.#options;
    if (kind === 'cancel') return this.#cancelling.size < CANCELS_AT_ONCE;
    if (kind === 'start' && this.#starting.size >= Math.max(fewest, this.#startsAtOnce())) return false;
    // What was sent needs no place in the window: only its workflow is missing.
    if (kind === 'start' && !mayRunAlready(entry)) return true;
    // A retry of one that is down is a trial that a person asks for.
    const isTrial = kind === 'retry' && drain.isDown(entry.webhookId);
    return (isTrial || drain.mayGo(entry.webhookId)) && window.mayStart(entry);
  }

  #startsAtOnce(): number {
    const { spare, isSending } = this.#options;
    return spare.starts(isSending() ? STARTS_WHILE_SENDING : STARTS_AT_ONCE);
  }

  async #handOver(entry: QueuedEntry, workflows: DeliveryWorkflows): Promise<void> {
    try {
      await this.#tell(entry, workflows);
    } catch (error) {
      await this.#failed(entry, error);
    }
  }

  async #tell(entry: QueuedEntry, workflows: DeliveryWorkflows): Promise<void> {
    const { window, drain, outbox } = this.#options;
    switch (entry.kind) {
      case 'start':
        return this.#start(entry, workflows);
      case 'retry':
        window.start(entryKey(entry), entry);
        drain.take(entry.webhookId);
        await workflows.retry(entry);
        await outbox.done([entry]);
        drain.ended(entry.webhookId, true);
        window.end(entryKey(entry));
        return this.pump();
      case 'cancel':
        return this.#cancel(entry, workflows);
    }
  }

  async #cancel(entry: QueuedEntry, workflows: DeliveryWorkflows): Promise<void> {
    const { outbox } = this.#options;
    this.#cancelling.add(entryKey(entry));
    const began = performance.now();
    await workflows.cancel(entry);
    await outbox.done([entry]);
    await pause(Math.min((performance.now() - began) * CANCEL_REST, CANCEL_REST_MAX_MS));
    this.#cancelling.delete(entryKey(entry));
    this.pump();
  }

  async #start(entry: QueuedEntry, workflows: DeliveryWorkflows): Promise<void> {
    const { window, drain } = this.#options;
    const { deliveryId } = entry;
    if (mayRunAlready(entry)) {
      window.start(startKey(deliveryId), entry);
      drain.take(entry.webhookId);
    }
    this.#starting.set(deliveryId, Infinity);
    const isNew = await workflows.start(entry, 'automatic');
    if (!isNew) this.#starting.delete(deliveryId);
    else if (this.#starting.has(deliveryId)) this.#starting.set(deliveryId, Date.now());
    // One that runs already waits, perhaps for hours.
    if (!isNew) window.end(startKey(deliveryId));
    const owed = this.#owed.get(deliveryId);
    if (owed) {
      owed.start = 'answered';
      this.#settle(deliveryId, owed);
    } else {
      this.#done.push(entry);
    }
    this.pump();
  }

  /** Lets go of a delivery of which nothing is to come here any more. */
  #settle(deliveryId: string, { entry, attempt, row, start }: Owed): void {
    if (attempt === 'running' || start === 'queued') return;
    this.#owed.delete(deliveryId);
    if (start === 'left') this.#left.push(deliveryId);
    else if (row === 'kept') this.#done.push(entry);
  }

  async #markDone(): Promise<void> {
    if (this.#done.length === 0) return;
    const { outbox, logger } = this.#options;
    const done = this.#done;
    this.#done = [];
    await outbox.done(done).catch((error: unknown) => {
      logger.warn('Started deliveries could not be marked; they are started again, which changes nothing', { error });
    });
  }

  async #giveBack(): Promise<void> {
    if (this.#left.length === 0) return;
    const left = this.#left;
    this.#left = [];
    // One that is not given back is claimed when its lease has ended.
    await this.#options.outbox.release(left).catch(() => undefined);
  }

  /** Temporal could not be told. What was sent here is tried again here; the row of another is released, to be claimed again. */
  async #failed(entry: QueuedEntry, error: unknown): Promise<void> {
    const { outbox, window, logger, onFailed } = this.#options;
    const { deliveryId, eventId, webhookId, workflowId, kind } = entry;
    const ids = { eventId, deliveryId, workflowId, webhookId };
    logger.warn('A delivery could not be handed to Temporal', { ...ids, kind, error });
    onFailed?.();
    this.#cancelling.delete(entryKey(entry));
    window.end(entryKey(entry));
    if (kind === 'start') this.#starting.delete(deliveryId);
    this.#pausedUntil = Date.now() + TROUBLE_PAUSE_MS;
    await pause(TROUBLE_PAUSE_MS);
    if (kind === 'start' && this.#owed.has(deliveryId) && this.#workflows) this.#sent.add(entry);
    else await outbox.release([deliveryId]).catch(() => undefined);
    this.pump();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
