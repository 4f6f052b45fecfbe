import { hash } from 'node:crypto';
import { raw, type Model, type QueryBuilder } from 'objection';
import type { Pagination } from '../../contract/primitives.ts';
import { validationProblem } from '../http/problem.ts';

/** How many rows a page has when the caller does not say. */
const DEFAULT_LIMIT = 20;
/**
 * What the rows of a page may have together, in bytes of JSON; a page is 4 MiB at most (docs/CONTRACT.md §2). The difference is for
 * what stands around the rows.
 */
const MAX_ROWS_BYTES = 4 * 1024 * 1024 - 65_536;
const ID_BYTES = 16;
/** A checksum, to recognise a cursor that was changed or belongs to another list; not a signature. */
const CHECK_BYTES = 4;

export interface PageRequest {
  limit?: number;
  cursor?: string;
}

/** What the database adds to each row that it found. */
interface Sized {
  /** How many rows were found before any was left out for its size. */
  found?: number;
}

/** The size of each row with all that are newer, and whether it is the newest. */
const SIZED = `
  SELECT page.*, CAST(count(*) OVER () AS integer) AS found, row_number() OVER newest_first AS place,
    sum(octet_length(CAST(row_to_json(page) AS text))) OVER newest_first AS bytes
  FROM page WINDOW newest_first AS (ORDER BY page.id DESC ROWS UNBOUNDED PRECEDING)`;

/**
 * A page of rows, newest first. It ends early, but not before its first row, when it would grow too large. The cursor is the
 * last row's id: ids grow with time, so pages stay as they are while rows are being added.
 * @param narrow names the newest rows in a way that an index serves, where the query alone would not.
 * @throws ApiProblem `validation_failed` for a cursor that no page of this list ever gave.
 */
export async function readPage<M extends Model & { id: string }>(
  query: QueryBuilder<M, M[]>,
  { limit = DEFAULT_LIMIT, cursor }: PageRequest,
  narrow: (query: QueryBuilder<M, M[]>, rows: number) => QueryBuilder<M, M[]> = (whole) => whole,
): Promise<{ rows: M[]; pagination: Pagination }> {
  const list = query.modelClass().tableName;
  if (cursor !== undefined) query = query.where('id', '<', decodeCursor(cursor, list));
  query = narrow(query, limit + 1);
  const fitting: (M & Sized)[] = await query
    .modelClass()
    .query(query.knex())
    .with('page', query.orderBy('id', 'desc').limit(limit + 1))
    .with('sized', raw(SIZED))
    .from('sized')
    .where((row) => void row.where('bytes', '<=', MAX_ROWS_BYTES).orWhere('place', 1))
    .orderBy('place')
    .castTo<M[]>();
  const rows = fitting.slice(0, limit);
  const hasMore = (fitting[0]?.found ?? 0) > rows.length;
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
