import type { Model, QueryBuilder } from 'objection';

/** Narrows to rows whose columns have the given values; members that are undefined do not count. */
export function equalTo<M extends Model, R>(
  query: QueryBuilder<M, R>,
  filters: Record<string, string | number | boolean | undefined>,
): QueryBuilder<M, R> {
  for (const [column, value] of Object.entries(filters)) {
    if (value !== undefined) query = query.where(column, value);
  }
  return query;
}

/** A `LIKE` pattern for texts that contain this one, whatever wildcards it holds. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
