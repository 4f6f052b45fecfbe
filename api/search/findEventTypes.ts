import type { Knex } from 'knex';
import type { SearchHit } from '../../contract/search.ts';
import { timeOfId } from '../../store/ids.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';

/** The start of an event type, or a pattern such as `order.*`. */
const START = /^[A-Za-z0-9_.-]{1,128}$/;
/** How many of a client's newest events are looked at for their types. */
const NEWEST = 2000;
/** How many types are looked at, in their order. */
const MOST_TYPES = 100;

interface Seen {
  eventType: string;
  newestId: string;
}

/** Event types that begin with a text and that the caller has events of, each with when the newest was made. */
export async function findEventTypes(
  db: Knex,
  { clientId }: ApiKeyIdentity,
  text: string,
  limit: number,
): Promise<SearchHit[]> {
  const start = text.replace(/\*$/, '');
  if (!START.test(start)) return [];
  const { rows } = await (clientId === null
    ? db.raw<{ rows: Seen[] }>(OF_ALL, { start, limit })
    : db.raw<{ rows: Seen[] }>(OF_CLIENT, { start, limit, clientId }));
  return rows.map(({ eventType, newestId }) => ({
    kind: 'event_type',
    id: eventType,
    title: eventType,
    detail: null,
    status: null,
    at: timeOfId(newestId).toISOString(),
    clientId: null,
    why: { by: 'event_type', text: eventType },
  }));
}

/** From one type to the next by the index of types, without reading the events between. */
const OF_ALL = `
  WITH RECURSIVE seen (event_type, steps) AS (
    (SELECT event_type, 1 FROM events WHERE event_type >= :start ORDER BY event_type LIMIT 1)
    UNION ALL
    SELECT (SELECT event_type FROM events WHERE event_type > seen.event_type ORDER BY event_type LIMIT 1), steps + 1
    FROM seen WHERE seen.event_type IS NOT NULL AND steps < ${MOST_TYPES}
  )
  SELECT event_type AS "eventType",
    (SELECT id FROM events WHERE events.event_type = seen.event_type ORDER BY id DESC LIMIT 1) AS "newestId"
  FROM seen WHERE starts_with(event_type, :start) ORDER BY event_type LIMIT :limit`;

/** Of a client the newest events alone: the index of its events tells their types, too. */
const OF_CLIENT = `
  SELECT DISTINCT ON (event_type) event_type AS "eventType", id AS "newestId"
  FROM (SELECT event_type, id FROM events WHERE client_id = :clientId ORDER BY id DESC LIMIT ${NEWEST}) AS newest
  WHERE starts_with(event_type, :start) ORDER BY event_type, id DESC LIMIT :limit`;
