import { Model } from 'objection';
import type { Batch, DeliveryFilter } from '../../contract/deliveries.ts';

export class BatchModel extends Model {
  static override tableName = 'batches';

  declare id: string;
  declare kind: Batch['kind'];
  declare status: Batch['status'];
  declare clientId: string | null;
  declare filter: DeliveryFilter;
  declare lastId: string;
  declare position: string | null;
  declare total: number;
  declare done: number;
  declare failed: number;
  declare isStarted: boolean;
  declare createdAt: Date;
  declare finishedAt: Date | null;
}
