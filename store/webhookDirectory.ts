import type { Knex } from 'knex';
import type { Webhooks, WebhookTarget } from '../activities/ports.ts';
import { matchesEventType } from '../contract/eventTypePattern.ts';
import { compileFilter, type FilterCheck } from '../contract/filter/compileFilter.ts';
import { settingsIn } from '../contract/settingsTable.ts';
import { SETTINGS } from '../contract/webhookSettings.ts';
import { CHANNELS } from './channels.ts';
import type { Listener } from './listen.ts';
import { WebhookModel } from './models/WebhookModel.ts';
import type { Logger } from '../ops/logger.ts';
import type { SecretBox } from '../ops/secretBox.ts';
import { webhookState, type WebhookState } from './deliveries/webhookState.ts';
import { openCredentials } from './secrets/hiddenCredentials.ts';
import { openHeaders } from './secrets/hiddenHeaders.ts';
import { openSecrets } from './secrets/openSecrets.ts';

interface KnownWebhook extends WebhookTarget {
  state: WebhookState;
}

type ById = Map<string, KnownWebhook>;
interface WebhooksOfClient {
  webhooks: Map<string, WebhookTarget>;
  /** By the event types that were asked for since they were changed last. */
  matching: Map<string, WebhookTarget[]>;
}
type ByClient = Map<string, WebhooksOfClient>;
/** How many changes of a client's webhooks are known here (store/functions/count_webhook_change.sql). */
type Changes = Map<string, number>;

/** Of so many event types of a client it is remembered who wants them. */
const MAX_KNOWN_TYPES = 1000;

interface ChangesRow {
  clientId: string;
  /** A `bigint`, which pg reads as text. */
  changes: string;
}

/**
 * Every webhook that exists, in memory: matching an event and sending it cost no query. Kept fresh by NOTIFY; after a
 * lost listening connection everything is read again, so nothing is missed for longer than the reconnect takes.
 * One whose secrets or hidden headers cannot be opened here is known all the same: it is owed what matches it, and that waits.
 */
export class WebhookDirectory implements Webhooks {
  readonly #db: Knex;
  readonly #secrets: SecretBox;
  readonly #logger: Logger;
  #byId: ById = new Map();
  #byClient: ByClient = new Map();
  #changes: Changes = new Map();
  /** Those that the log says cannot be signed for. */
  readonly #toldOf = new Set<string>();
  /** Reads follow one another, so that an older answer never replaces a newer one. */
  #reading: Promise<unknown> = Promise.resolve();

  constructor(db: Knex, secrets: SecretBox, logger: Logger) {
    this.#db = db;
    this.#secrets = secrets;
    this.#logger = logger;
  }

  /** Reads all webhooks and goes on following their changes. @throws when the database cannot be read. */
  async start(listener: Listener): Promise<void> {
    await listener.subscribe({
      channels: [CHANNELS.webhooks],
      onNotification: (_channel, webhookId) => {
        this.refresh(webhookId).catch((error: unknown) => {
          // The connection is about to be found lost, too; everything is read again then.
          this.#logger.warn('A changed webhook could not be read', { webhookId, error });
          listener.reconnect();
        });
      },
      onReconnected: () => this.refreshAll(),
    });
    await this.refreshAll();
  }

  find(webhookId: string): WebhookTarget | undefined {
    return this.#byId.get(webhookId);
  }

  /**
   * The client's webhooks that want this type, active or not, their filters aside: an inactive one's deliveries are kept as `skipped`.
   * The list is the same until one of them is changed, and not to be changed itself.
   */
  matching(clientId: string, eventType: string): WebhookTarget[] {
    const ofClient = this.#byClient.get(clientId);
    if (!ofClient) return [];
    const known = ofClient.matching.get(eventType);
    if (known) return known;
    const matching = [...ofClient.webhooks.values()].filter(({ eventTypes }) =>
      eventTypes.some((pattern) => matchesEventType(pattern, eventType)),
    );
    if (ofClient.matching.size >= MAX_KNOWN_TYPES) ofClient.matching.clear();
    ofClient.matching.set(eventType, matching);
    return matching;
  }

  /** How many there are of each state. */
  countByState(): Record<WebhookState, number> {
    const counts = { active: 0, failing: 0, disabled: 0, auto_disabled: 0 };
    for (const { state } of this.#byId.values()) counts[state] += 1;
    return counts;
  }

  /** The ids of the webhooks that nothing can be signed for here, since a secret or a header's value of theirs cannot be opened. */
  unreadable(): string[] {
    return [...this.#byId.values()].filter((webhook) => webhook.liveSecrets() === null).map(({ id }) => id);
  }

  /**
   * Reads one webhook again, so that a change is in force here before the caller is answered.
   * @throws when the database cannot be read; what was known then stays.
   */
  refresh(webhookId: string): Promise<void> {
    return this.#serialized(async () => {
      const row = await this.#query().findById(webhookId);
      if (!row) return this.#remove(webhookId);
      this.#replace(row);
      // Only when it is the next of its client's changes: one of those between may be another webhook's.
      const [changes, known] = [Number(row.changedAs), this.#known(row.clientId)];
      if (changes === known + 1) this.#changes.set(row.clientId, changes);
    });
  }

  /** By how many changes of their webhooks each of these clients is known here, for the writing of events (insertEvents.ts). */
  changesOf(clientIds: Iterable<string>): Record<string, number> {
    return Object.fromEntries([...new Set(clientIds)].map((clientId) => [clientId, this.#known(clientId)]));
  }

  /** Reads what was changed of these clients' webhooks by any process. @throws when the database cannot be read. */
  catchUp(clientIds: Iterable<string>): Promise<void> {
    return this.#serialized(async () => {
      for (const { clientId, changes } of await this.#queryChanges().whereIn('clientId', [...new Set(clientIds)])) {
        const known = this.#known(clientId);
        if (Number(changes) <= known) continue;
        const rows = await this.#query().where({ clientId }).where('changedAs', '>', known);
        for (const row of rows) this.#replace(row);
        this.#changes.set(clientId, Number(changes));
      }
    });
  }

  /** Reads all webhooks again. @throws when the database cannot be read; what was known then stays. */
  refreshAll(): Promise<void> {
    return this.#serialized(async () => {
      const byId: ById = new Map();
      const byClient: ByClient = new Map();
      // First, so that the webhooks are as of these changes or of later ones.
      const changes = await this.#queryChanges();
      for (const row of await this.#query().whereNull('deletedAt')) keep(this.#open(row), byId, byClient);
      [this.#byId, this.#byClient] = [byId, byClient];
      this.#changes = new Map(changes.map(({ clientId, changes: count }) => [clientId, Number(count)]));
      for (const id of this.#toldOf) if (!byId.has(id)) this.#toldOf.delete(id);
    });
  }

  #serialized(read: () => Promise<void>): Promise<void> {
    const turn = this.#reading.then(read);
    this.#reading = turn.catch(() => undefined);
    return turn;
  }

  #query() {
    return WebhookModel.query(this.#db).withGraphFetched('secrets');
  }

  #queryChanges() {
    return this.#db<ChangesRow, ChangesRow[]>('webhook_changes').select('clientId', 'changes');
  }

  #known(clientId: string): number {
    return this.#changes.get(clientId) ?? 0;
  }

  #replace(row: WebhookModel): void {
    if (row.deletedAt) return this.#remove(row.id);
    const webhook = this.#open(row);
    this.#forget(row.id);
    keep(webhook, this.#byId, this.#byClient);
  }

  #remove(webhookId: string): void {
    this.#forget(webhookId);
    this.#toldOf.delete(webhookId);
  }

  #open(row: WebhookModel): KnownWebhook {
    const { id, clientId } = row;
    const secrets = openSecrets(row.secrets ?? [], this.#secrets);
    const headers = openHeaders(row, this.#secrets);
    const credentials = openCredentials(row, this.#secrets);
    const liveSecrets = () => (headers.real && credentials.real ? secrets.live() : null);
    this.#tell(id, liveSecrets() !== null, headers.failure ?? credentials.failure ?? secrets.failure);
    return {
      id,
      clientId,
      ...settingsIn(SETTINGS, row),
      headers: headers.real ?? row.headers,
      ...credentials.real,
      privateKey: row.asymmetric ? credentials.privateKey : null,
      matches: this.#compile(row),
      state: webhookState(row),
      isDown: row.healthState === 'down',
      recoveredAt: row.healthState === 'down' ? null : row.healthSince,
      liveSecrets,
    };
  }

  /** One that this release cannot read lets everything through, so that nothing is lost. */
  #compile({ id: webhookId, filter }: WebhookModel): FilterCheck | null {
    if (!filter) return null;
    const compiled = compileFilter(filter);
    if ('matches' in compiled) return compiled.matches;
    this.#logger.error('The filter of a webhook cannot be read; it gets all events of its types', {
      webhookId,
      fault: compiled.fault,
    });
    return null;
  }

  /** Says once that a webhook cannot be signed for, and once that it can be again. */
  #tell(webhookId: string, isReadable: boolean, error: unknown): void {
    if (isReadable === !this.#toldOf.has(webhookId)) return;
    if (isReadable) {
      this.#toldOf.delete(webhookId);
      this.#logger.info('The secrets of a webhook can be opened again', { webhookId });
    } else {
      this.#toldOf.add(webhookId);
      const message = 'The secrets of a webhook cannot be opened; its deliveries wait';
      this.#logger.error(message, { webhookId, error: error ?? new Error('It has no live secret') });
    }
  }

  #forget(webhookId: string): void {
    const known = this.#byId.get(webhookId);
    if (!known) return;
    this.#byId.delete(webhookId);
    const ofClient = this.#byClient.get(known.clientId);
    ofClient?.webhooks.delete(webhookId);
    ofClient?.matching.clear();
  }
}

function keep(webhook: KnownWebhook, byId: ById, byClient: ByClient): void {
  const { id, clientId } = webhook;
  byId.set(id, webhook);
  const ofClient: WebhooksOfClient = byClient.get(clientId) ?? { webhooks: new Map(), matching: new Map() };
  ofClient.webhooks.set(id, webhook);
  ofClient.matching.clear();
  byClient.set(clientId, ofClient);
}
