import type { Knex } from 'knex';
import type { AttemptRecord } from '../../activities/ports.ts';
import { newId } from '../../store/ids.ts';

type Row = Record<string, unknown>;

/** A first attempt that was answered 200, to be recorded; whatever is given replaces what is usual. @param of its delivery. */
export function attemptOf(
  of: Pick<AttemptRecord, 'deliveryId' | 'webhookId'>,
  given: Partial<AttemptRecord> = {},
): AttemptRecord {
  return {
    id: newId(),
    trigger: 'automatic',
    startedAt: new Date(),
    durationMs: 1,
    nextRetryAt: null,
    request: { url: 'http://127.0.0.1:1/', headers: {}, address: '127.0.0.1' },
    response: { status: 200, headers: {}, body: 'ok' },
    error: null,
    status: 'delivered',
    endpoint: 'well',
    retryAfterMs: null,
    isLast: false,
    gone: false,
    isOwed: () => false,
    ...of,
    ...given,
  };
}

/** Rows as they may be in a database of its own, written past the API; whatever is given replaces what is usual. */
export function createRows(db: Knex) {
  const at = { createdAt: new Date(), updatedAt: new Date() };
  const common = { clientId: 'c', eventType: 'test', ...at };

  async function insert(table: string, row: Row): Promise<string> {
    await db(table).insert(row);
    return String(row['id']);
  }

  return {
    webhook: (given: Row = {}) =>
      insert('webhooks', {
        id: newId(),
        name: 'Test',
        clientId: 'c',
        url: 'http://127.0.0.1:9/',
        eventTypes: ['*'],
        headers: {},
        retryPolicy: {},
        timeoutMs: 1000,
        ...at,
        ...given,
      }),
    event: (given: Row = {}) =>
      insert('events', { ...common, id: newId(), payload: '{}', deliveryCount: 1, openCount: 1, ...given }),
    /** @param of its webhook and event. */
    delivery: (of: { webhookId: string; eventId: string }, given: Row = {}) => {
      const id = newId();
      return insert('deliveries', { ...common, id, workflowId: id, status: 'pending', ...of, ...given });
    },
  };
}
