import type { Page } from '../contract/primitives.ts';

/**
 * Every row of a list, newest first, a page at a time: `for await (const event of everyRow(relay.listEvents, {...}))`.
 * @throws what the list's method throws.
 */
export async function* everyRow<T, Q extends { cursor?: string }>(
  list: (query?: Q) => Promise<Page<T>>,
  query: Q,
): AsyncGenerator<T> {
  let cursor = query.cursor;
  do {
    const { data, pagination } = await list({ ...query, cursor });
    yield* data;
    cursor = pagination.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
