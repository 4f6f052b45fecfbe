import { hash } from 'node:crypto';
import type { Model, QueryBuilder } from 'objection';
import type { Pagination } from '../../contract/primitives.ts';
import { validationProblem } from '../http/problem.ts';

/** How many rows a page has when the caller does not say. */
const DEFAULT_LIMIT = 20;
const ID_BYTES = 16;
/** A checksum, to recognise a cursor that was changed or belongs to another list; not a signature. */
const CHECK_BYTES = 4;

export interface PageRequest {
  limit?: number;
  cursor?: string;
}

/**
 * A page of rows, newest first. The cursor is the last row's id: ids grow with time, so pages stay as they are while
 * rows are being added.
 * @throws ApiProblem `validation_failed` for a cursor that no page of this list ever gave.
 */
export async function readPage<M extends Model & { id: string }>(
  query: QueryBuilder<M, M[]>,
  { limit = DEFAULT_LIMIT, cursor }: PageRequest,
): Promise<{ rows: M[]; pagination: Pagination }> {
  const list = query.modelClass().tableName;
  if (cursor !== undefined) query = query.where('id', '<', decodeCursor(cursor, list));
  const found = await query.orderBy('id', 'desc').limit(limit + 1);
  const rows = found.slice(0, limit);
  const hasMore = found.length > limit;
  const last = rows.at(-1);
  return { rows, pagination: { limit, nextCursor: hasMore && last ? encodeCursor(last.id, list) : null, hasMore } };
}

/** @param list what the cursor is for. */
export function encodeCursor(id: string, list: string): string {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  return Buffer.concat([bytes, checkOf(bytes, list)]).toString('base64url');
}

/** @throws ApiProblem `validation_failed` for one that was not made for this list. */
export function decodeCursor(cursor: string, list: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  const id = bytes.subarray(0, ID_BYTES);
  if (!bytes.subarray(ID_BYTES).equals(checkOf(id, list)) || bytes.toString('base64url') !== cursor) {
    throw validationProblem([{ path: 'cursor', message: 'must be the nextCursor of an earlier page of this list' }]);
  }
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function checkOf(id: Buffer, list: string): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${list}:`), id]), 'buffer').subarray(0, CHECK_BYTES);
}
