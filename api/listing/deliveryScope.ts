import type { QueryBuilder } from 'objection';
import type { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import { equalTo } from '../../store/filters.ts';

/** Which deliveries are meant: those that match all given members. */
export interface DeliveryScope {
  webhookId?: string | undefined;
  /** Clients that it must belong to, all of them: the key's own, the one that was asked for. */
  clientIds: string[];
}

export function deliveriesOf<R>(
  query: QueryBuilder<DeliveryModel, R>,
  { webhookId, clientIds }: DeliveryScope,
): QueryBuilder<DeliveryModel, R> {
  return clientIds.reduce((narrowed, clientId) => narrowed.where({ clientId }), equalTo(query, { webhookId }));
}

/** SQL for the same among the sums of hours: those of a webhook, of a client, or of all (store/migrations/007_at_size.ts). */
export function deliveryHoursOf({ webhookId, clientIds }: DeliveryScope): {
  sql: string;
  values: Record<string, string>;
} {
  const webhook = webhookId === undefined ? 'webhook_id IS NULL' : 'webhook_id = :webhookId';
  const clients = clientIds.map((_, index) => `client_id = :clientId${index}`);
  if (webhookId === undefined && clients.length === 0) clients.push('client_id IS NULL');
  return {
    sql: [webhook, ...clients].join(' AND '),
    values: {
      ...(webhookId !== undefined && { webhookId }),
      ...Object.fromEntries(clientIds.map((clientId, index) => [`clientId${index}`, clientId])),
    },
  };
}

/** The clients that a caller's key and its request name. */
export function clientsNamed(bound: string | null, asked: string | undefined): string[] {
  return [...new Set([bound, asked])].filter((clientId) => typeof clientId === 'string');
}
