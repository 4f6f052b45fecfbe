import type { Knex } from 'knex';
import { CHANNELS } from '../../store/channels.ts';
import type { Listener } from '../../store/listen.ts';
import type { PayloadSchema } from '../../contract/eventTypes.ts';
import { EventTypeModel } from '../../store/models/EventTypeModel.ts';
import type { Logger } from '../../ops/logger.ts';
import { ApiProblem } from '../http/problem.ts';
import { compilePayloadSchema, type PayloadCheck } from './compilePayloadSchema.ts';

/** The schemas of all event types, compiled and in memory, fresh in every process by LISTEN/NOTIFY. */
export class EventTypeDirectory {
  readonly #db: Knex;
  readonly #logger: Logger;
  #checks = new Map<string, { text: string; check: PayloadCheck }>();
  #reading: Promise<unknown> = Promise.resolve();

  constructor(db: Knex, logger: Logger) {
    this.#db = db;
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
      const rows = await EventTypeModel.query(this.#db).whereNotNull('schema').select('name', 'schema');
      const checks = new Map<string, { text: string; check: PayloadCheck }>();
      for (const { name, schema: text } of rows) {
        const known = this.#checks.get(name);
        const check = known?.text === text ? known.check : this.#compile(name, text);
        if (text !== null && check) checks.set(name, { text, check });
      }
      this.#checks = checks;
    });
    this.#reading = turn.catch(() => undefined);
    return turn;
  }

  /** A schema that cannot be compiled any more (after an upgrade) must not keep the others from being read. */
  #compile(name: string, text: string | null): PayloadCheck | null {
    try {
      return compilePayloadSchema(JSON.parse(text ?? 'true') as PayloadSchema);
    } catch (error) {
      this.#logger.error('The schema of an event type cannot be used; its events go unchecked', { name, error });
      return null;
    }
  }

  /** @throws ApiProblem `payload_invalid` when the type has a schema and the payload does not fit. */
  check(eventType: string, payload: unknown): void {
    const errors = this.#checks.get(eventType)?.check(payload) ?? [];
    if (errors.length === 0) return;
    const [first] = errors;
    throw new ApiProblem('payload_invalid', `${first?.path ?? '/payload'} ${first?.message ?? 'does not fit'}`, {
      errors,
    });
  }
}
