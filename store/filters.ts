import { raw, type Model, type QueryBuilder, type Raw } from 'objection';

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
  return `%${startingWith(text)}`;
}

/** The same for texts that start with it. */
export function startingWith(text: string): string {
  return `${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/** The condition that an event has a tag, `name:value`; undefined does not count. @param eventId the column with its id. */
export function whereTagged<M extends Model, R>(
  query: QueryBuilder<M, R>,
  eventId: 'id' | 'eventId',
  tag: string | undefined,
): QueryBuilder<M, R> {
  if (tag === undefined) return query;
  const tagged = containsTag(tag);
  if (eventId === 'id') return query.where(tagged);
  return query.where(raw('event_id IN (SELECT id FROM events WHERE ?)', [tagged]));
}

/** The condition that events have a tag, `name:value`. */
export function containsTag(tag: string): Raw {
  const end = tag.indexOf(':');
  return raw('tags @> CAST(? AS jsonb)', [JSON.stringify({ [tag.slice(0, end)]: tag.slice(end + 1) })]);
}
