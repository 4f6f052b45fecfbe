import { Model } from 'objection';
import type { Batch } from '../../contract/batches.ts';
import type { DeliveryFilter } from '../../contract/deliveries.ts';

/** What a batch covers; `failedSince` is Relay's own: failed by its endpoint at or after this time. */
export type BatchFilter = DeliveryFilter & { failedSince?: string };

export class BatchModel extends Model {
  static override tableName = 'batches';

  declare id: string;
  declare kind: Batch['kind'];
  declare status: Batch['status'];
  declare clientId: string | null;
  declare filter: BatchFilter;
  declare lastId: string;
  declare position: string | null;
  declare total: number;
  declare done: number;
  declare failed: number;
  /** The name of who began it; null where a release before has. */
  declare startedBy: string | null;
  declare isStarted: boolean;
  declare createdAt: Date;
  declare finishedAt: Date | null;
}
