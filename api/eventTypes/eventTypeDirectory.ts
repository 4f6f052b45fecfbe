import type { Knex } from 'knex';
import { CHANNELS } from '../../store/channels.ts';
import type { Listener } from '../../store/listen.ts';
import type { PayloadRetention, PayloadSchema } from '../../contract/eventTypes.ts';
import type { FieldError } from '../../contract/problem.ts';
import { EventTypeModel } from '../../store/models/EventTypeModel.ts';
import type { Logger } from '../../ops/logger.ts';
import { ApiProblem } from '../http/problem.ts';
import { isCheapPayload, isCheapSchema } from './cheapSchema.ts';
import { compilePayloadSchema, type PayloadCheck } from './compilePayloadSchema.ts';
import type { SchemaThreads } from './threads/SchemaThreads.ts';

/** A schema in force. */
interface KnownSchema {
  text: string;
  /** Null for one that only a thread may check. */
  check: PayloadCheck | null;
}

/** A payload to be checked. */
interface EventToCheck {
  clientId: string;
  eventType: string;
  /** As it was written. */
  payload: string;
}

const KEPT: PayloadRetention = { eraseWhenDelivered: false, payloadRetentionDays: null };

/**
 * The schemas of all event types, and how long their payloads are kept, in memory, fresh in every process by LISTEN/NOTIFY. What is cheap for certain is checked
 * at once, everything else by threads.
 */
export class EventTypeDirectory {
  readonly #db: Knex;
  readonly #logger: Logger;
  readonly #threads: Pick<SchemaThreads, 'ask'>;
  #schemas = new Map<string, KnownSchema>();
  #retentions = new Map<string, PayloadRetention>();
  #reading: Promise<unknown> = Promise.resolve();

  constructor(db: Knex, threads: Pick<SchemaThreads, 'ask'>, logger: Logger) {
    this.#db = db;
    this.#threads = threads;
    this.#logger = logger;
  }

  /** Reads all event types and goes on following their changes. @throws when the database cannot be read. */
  async start(listener: Listener): Promise<void> {
    await listener.subscribe({
      channels: [CHANNELS.eventTypes],
      onNotification: () => {
        this.refresh().catch((error: unknown) => {
          this.#logger.warn('The event types could not be read', { error });
          listener.reconnect();
        });
      },
      onReconnected: () => this.refresh(),
    });
    await this.refresh();
  }

  /** Reads all again; only a schema that changed is compiled again. */
  refresh(): Promise<void> {
    const turn = this.#reading.then(async () => {
      const rows = await EventTypeModel.query(this.#db)
        .whereNotNull('schema')
        .orWhereNotNull('payloadRetentionDays')
        .orWhere({ eraseWhenDelivered: true })
        .select('name', 'schema', 'eraseWhenDelivered', 'payloadRetentionDays');
      this.#retentions = new Map(rows.map(({ name, ...retention }) => [name, retention]));
      const schemas = new Map<string, KnownSchema>();
      for (const { name, schema: text } of rows) {
        if (text === null) continue;
        const known = this.#schemas.get(name);
        const schema = known?.text === text ? known : this.#read(name, text);
        if (schema) schemas.set(name, schema);
      }
      this.#schemas = schemas;
    });
    this.#reading = turn.catch(() => undefined);
    return turn;
  }

  /** A schema that cannot be compiled any more (after an upgrade) must not keep the others from being read. */
  #read(name: string, text: string): KnownSchema | null {
    try {
      const check = isCheapSchema(text) ? compilePayloadSchema(JSON.parse(text) as PayloadSchema) : null;
      return { text, check };
    } catch (error) {
      this.#tellUnusable(name, error);
      return null;
    }
  }

  #tellUnusable(name: string, error: unknown): void {
    this.#logger.error('The schema of an event type cannot be used; its events go unchecked', { name, error });
  }

  /** How long payloads of a type are kept: by default as long as their events. */
  retentionOf(eventType: string): PayloadRetention {
    return this.#retentions.get(eventType) ?? KEPT;
  }

  /**
   * Checks a payload against its type's schema, if there is one. Blocks for a few milliseconds at most.
   * @throws ApiProblem `payload_invalid` when it does not fit, `payload_too_complex` when that takes too long to find out,
   * `unavailable` when too many wait.
   */
  async check(event: EventToCheck): Promise<void> {
    const schema = this.#schemas.get(event.eventType);
    if (!schema) return;
    if (schema.check && isCheapPayload(schema.text, event.payload)) refuse(schema.check(JSON.parse(event.payload)));
    else await this.#checkInThread(schema, event);
  }

  async #checkInThread(schema: KnownSchema, { clientId, eventType, payload }: EventToCheck): Promise<void> {
    const answer = await this.#threads.ask(clientId, { schema: schema.text, payload });
    if ('errors' in answer) return refuse(answer.errors);
    if (!('refused' in answer)) {
      throw new ApiProblem(
        'payload_too_complex',
        'It takes too long to check the payload by the schema of its event type.',
      );
    }
    if (this.#schemas.get(eventType) !== schema) return;
    this.#schemas.delete(eventType);
    this.#tellUnusable(eventType, answer.refused);
  }
}

function refuse(errors: FieldError[]): void {
  if (errors.length === 0) return;
  const [first] = errors;
  throw new ApiProblem('payload_invalid', `${first?.path ?? '/payload'} ${first?.message ?? 'does not fit'}`, {
    errors,
  });
}
