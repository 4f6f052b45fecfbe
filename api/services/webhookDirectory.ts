import type { Knex } from 'knex';
import type { Webhooks, WebhookTarget } from '../../activities/ports.ts';
import { matchesEventType } from '../../contract/eventTypePattern.ts';
import type { Listener } from '../db/listen.ts';
import { WebhookModel } from '../db/models/WebhookModel.ts';
import type { Logger } from '../logger.ts';
import type { SecretBox } from './secretBox.ts';
import { webhookState, type WebhookState } from './webhooks/disabledReasons.ts';

interface KnownWebhook extends WebhookTarget {
  state: WebhookState;
}

/**
 * Every webhook that exists, in memory: matching an event and sending it cost no query. Kept fresh by NOTIFY; after a
 * lost listening connection everything is read again, so nothing is missed for longer than the reconnect takes.
 */
export class WebhookDirectory implements Webhooks {
  readonly #db: Knex;
  readonly #secrets: SecretBox;
  readonly #logger: Logger;
  #byId = new Map<string, KnownWebhook>();
  #byClient = new Map<string, Map<string, WebhookTarget>>();
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
      channels: ['relay_webhooks'],
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

  /** The client's webhooks that want this type, active or not: an inactive one's deliveries are kept as `skipped`. */
  matching(clientId: string, eventType: string): WebhookTarget[] {
    const webhooks = this.#byClient.get(clientId);
    if (!webhooks) return [];
    return [...webhooks.values()].filter(({ eventTypes }) =>
      eventTypes.some((pattern) => matchesEventType(pattern, eventType)),
    );
  }

  /** How many there are of each state. */
  countByState(): Record<WebhookState, number> {
    const counts = { active: 0, failing: 0, disabled: 0, auto_disabled: 0 };
    for (const { state } of this.#byId.values()) counts[state] += 1;
    return counts;
  }

  /** Reads one webhook again, so that a change is in force here before the caller is answered. */
  refresh(webhookId: string): Promise<void> {
    return this.#inTurn(async () => {
      const row = await this.#query().findById(webhookId);
      this.#forget(webhookId);
      if (row) this.#keep(row);
    });
  }

  refreshAll(): Promise<void> {
    return this.#inTurn(async () => {
      const rows = await this.#query();
      this.#byId = new Map();
      this.#byClient = new Map();
      for (const row of rows) this.#keep(row);
    });
  }

  #inTurn(read: () => Promise<void>): Promise<void> {
    const turn = this.#reading.then(read);
    this.#reading = turn.catch(() => undefined);
    return turn;
  }

  #query() {
    return WebhookModel.query(this.#db).whereNull('deletedAt').withGraphFetched('secrets');
  }

  #keep(row: WebhookModel): void {
    const { id, clientId, url, eventTypes, headers, retryPolicy, rateLimit, timeoutMs, isActive } = row;
    const secrets = (row.secrets ?? [])
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .map(({ ciphertext, expiresAt }) => ({ secret: this.#secrets.open(ciphertext), expiresAt }));
    const target: KnownWebhook = {
      state: webhookState(row),
      ...{ id, clientId, url, eventTypes, headers, retryPolicy, rateLimit, timeoutMs, isActive },
      liveSecrets: () =>
        secrets.filter(({ expiresAt }) => !expiresAt || expiresAt.getTime() > Date.now()).map(({ secret }) => secret),
    };
    this.#byId.set(id, target);
    const ofClient = this.#byClient.get(clientId) ?? new Map<string, WebhookTarget>();
    this.#byClient.set(clientId, ofClient.set(id, target));
  }

  #forget(webhookId: string): void {
    const known = this.#byId.get(webhookId);
    if (!known) return;
    this.#byId.delete(webhookId);
    this.#byClient.get(known.clientId)?.delete(webhookId);
  }
}
