import type { Batch } from '../../contract/deliveries.ts';
import type { BatchModel } from '../../store/models/BatchModel.ts';

export function presentBatch(row: BatchModel): Batch {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    total: row.total,
    done: row.done,
    failed: row.failed,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
