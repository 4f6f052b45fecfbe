import type { Model, QueryBuilder } from 'objection';
import type { Pagination } from '../../contract/primitives.ts';
import { validationProblem } from '../problem.ts';

/** How many rows a page has when the caller does not say (contract §2). */
const DEFAULT_LIMIT = 20;

export interface PageRequest {
  limit?: number;
  cursor?: string;
}

/**
 * A page of rows, newest first. The cursor is the last row's id: ids grow with time, so pages stay as they are while
 * rows are being added.
 * @throws ApiProblem `validation_failed` for a cursor that no page ever gave.
 */
export async function readPage<M extends Model & { id: string }>(
  query: QueryBuilder<M, M[]>,
  { limit = DEFAULT_LIMIT, cursor }: PageRequest,
): Promise<{ rows: M[]; pagination: Pagination }> {
  if (cursor !== undefined) query = query.where('id', '<', decodeCursor(cursor));
  const found = await query.orderBy('id', 'desc').limit(limit + 1);
  const rows = found.slice(0, limit);
  const hasMore = found.length > limit;
  const last = rows.at(-1);
  return { rows, pagination: { limit, nextCursor: hasMore && last ? encodeCursor(last.id) : null, hasMore } };
}

export function encodeCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

export function decodeCursor(cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length !== 16 || bytes.toString('base64url') !== cursor) {
    throw validationProblem([{ path: 'cursor', message: 'must be the nextCursor of an earlier page' }]);
  }
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
