import type { Batch, BatchDetail } from '../../contract/batches.ts';
import type { BatchModel } from '../../store/models/BatchModel.ts';

/** Bulk work as callers see it. */
export function presentBatch(row: BatchModel): Batch {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    clientId: row.clientId,
    filter: Object.fromEntries(Object.entries(row.filter).map(([name, value]) => [name, String(value)])),
    startedBy: row.startedBy,
    total: row.total,
    done: row.done,
    failed: row.failed,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** The same with what it left behind. */
export function presentBatchDetail(row: BatchModel, leftBehind: BatchDetail['leftBehind']): BatchDetail {
  return { ...presentBatch(row), leftBehind };
}
