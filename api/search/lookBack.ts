import type { Knex } from 'knex';
import { containing } from '../../store/filters.ts';
import type { Rest } from '../../store/heavyPace.ts';
import { withinTime } from '../../store/withinTime.ts';
import { ApiProblem } from '../http/problem.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { EVENT_COLUMNS, type FoundEvent } from './foundEvent.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import { matchingTag } from './findByTag.ts';
import { jsonSpellings } from './jsonSpellings.ts';

/** How much is looked through at a time, and by one call. */
export interface LookBackLimits {
  /** Of one part: its events, the bytes of their payloads as they are stored, and how long (ms) its statement may take. */
  events: number;
  bytes: number;
  statementMs: number;
  /** Of one call: no part but the first begins so long (ms) after the search began, or after so many events. */
  budgetMs: number;
  mostEvents: number;
}

export const LOOK_BACK_LIMITS: LookBackLimits = {
  events: 2000,
  bytes: 2 * 1024 * 1024,
  statementMs: 150,
  budgetMs: 200,
  mostEvents: 200_000,
};

/** Before this one is every event. */
export const BEFORE_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A part that takes too long although it is the first is taken anew, with so few events that they cannot. */
const FEW = 5;
/** What is shown of a payload beside what matched, in characters before it and in all. */
const [BEFORE, SHOWN] = [24, 100];

export interface LookBack {
  identity: ApiKeyIdentity;
  text: string;
  limit: number;
  /** Only events before this one; undefined for all. */
  before: string | undefined;
  /** When the search began, as `performance.now()` tells it. */
  since: number;
  /** Makes room for what is lighter, between two parts. */
  rest: Rest;
  /** Whether the answer is still waited for. */
  isWanted: () => boolean;
}

interface LookedBack {
  found: FoundEvent[];
  /** The oldest event that was looked at; null when there was none. */
  lookedTo: string | null;
  hasMore: boolean;
}

interface Part extends LookedBack {
  looked: number;
}

/**
 * Looks for a text in payloads, and among tags, from the newest event on and as far back as its limits allow. There is no index for it: one
 * over payloads would cost every event that is posted more than all the other indexes together (docs/adr/0019-search-looks-back.md).
 * @throws ApiProblem `unavailable` when not even a few events could be read in time.
 */
export async function lookBack(
  db: Knex,
  { before, limit, since, rest, isWanted, ...what }: LookBack,
  limits: LookBackLimits = LOOK_BACK_LIMITS,
): Promise<LookedBack> {
  const endsAt = since + limits.budgetMs;
  const all: LookedBack = { found: [], lookedTo: before ?? null, hasMore: true };
  let looked = 0;
  do {
    const wanted = { ...what, limit: limit - all.found.length, before: all.lookedTo ?? undefined };
    const part = (await lookAtPart(db, wanted, limits)) ?? (looked === 0 ? await lookAtFew(db, wanted, limits) : null);
    if (!part) break;
    looked += part.looked;
    all.found.push(...part.found);
    all.lookedTo = part.lookedTo ?? all.lookedTo;
    all.hasMore = part.hasMore;
    await rest();
  } while (
    all.hasMore &&
    all.found.length < limit &&
    looked < limits.mostEvents &&
    performance.now() < endsAt &&
    isWanted()
  );
  return all;
}

type Wanted = Pick<LookBack, 'identity' | 'text' | 'limit' | 'before'>;

async function lookAtFew(db: Knex, wanted: Wanted, limits: LookBackLimits): Promise<Part> {
  const part = await lookAtPart(db, wanted, { ...limits, events: FEW });
  if (!part) throw new ApiProblem('unavailable', 'The database is too busy to look through payloads now.');
  return part;
}

/** Looks at the newest events before one; null when that takes too long. */
function lookAtPart(db: Knex, wanted: Wanted, limits: LookBackLimits): Promise<Part | null> {
  return withinTime(db, limits.statementMs, async (trx) => {
    const { ids, looked, lookedTo, hasMore } = await matchesIn(trx, wanted, limits);
    const found = ids.length > 0 ? await readFound(trx, ids, wanted.text) : [];
    // Where there may be more matches than were wanted, it is gone on from the last of them.
    const isFull = ids.length === wanted.limit;
    return { found, looked, lookedTo: isFull ? (ids.at(-1) ?? null) : lookedTo, hasMore: hasMore || isFull };
  });
}

interface Matches {
  ids: string[];
  looked: number;
  lookedTo: string | null;
  hasMore: boolean;
}

async function matchesIn(
  trx: Knex.Transaction,
  { identity, text, limit, before = BEFORE_ALL }: Wanted,
  { events, bytes }: LookBackLimits,
): Promise<Matches> {
  const { rows } = await trx.raw<{ rows: [Matches] }>(
    `WITH newest AS MATERIALIZED (
       SELECT id, payload, tags, payload_erased_at, row_number() OVER newest_first AS place,
         sum(pg_column_size(payload)) OVER newest_first AS bytes
       FROM events
       WHERE id < CAST(:before AS uuid)
         ${identity.clientId === null ? '' : 'AND client_id = :clientId'}
       WINDOW newest_first AS (ORDER BY id DESC ROWS UNBOUNDED PRECEDING)
       ORDER BY id DESC LIMIT :events
     ), looked AS MATERIALIZED (
       SELECT * FROM newest WHERE bytes <= :bytes OR place = 1
     )
     SELECT (SELECT CAST(count(*) AS integer) FROM looked) AS looked,
       (SELECT id FROM looked ORDER BY id LIMIT 1) AS "lookedTo",
       (SELECT count(*) FROM looked) < (SELECT count(*) FROM newest) OR (SELECT count(*) FROM newest) = :events AS "hasMore",
       ARRAY(
         SELECT id FROM looked
         WHERE (payload_erased_at IS NULL AND CAST(payload AS text) LIKE ANY (CAST(:patterns AS text[])))
           OR (tags IS NOT NULL AND EXISTS (
             SELECT FROM jsonb_each_text(tags) AS tag (name, value) WHERE :text IN (value, name || ':' || value)
           ))
         ORDER BY id DESC LIMIT :limit
       ) AS ids`,
    {
      ...(identity.clientId !== null && { clientId: identity.clientId }),
      ...{ before, events, bytes, text, limit },
      patterns: jsonSpellings(text).map(containing),
    },
  );
  return rows[0];
}

/** Events, newest first, each with what stands around the text in its payload. */
async function readFound(trx: Knex.Transaction, ids: string[], text: string): Promise<FoundEvent[]> {
  const around = trx.raw(
    `(SELECT substring(CAST(payload AS text) FROM greatest(1, place - ${BEFORE}) FOR ${SHOWN})
      FROM (SELECT strpos(CAST(payload AS text), spelling) AS place FROM unnest(CAST(:spellings AS text[])) AS spelling) AS places
      WHERE place > 0 LIMIT 1) AS around`,
    { spellings: jsonSpellings(text) },
  );
  const rows = await EventModel.query(trx)
    .findByIds(ids)
    .select([...EVENT_COLUMNS, around])
    .orderBy('id', 'desc')
    .castTo<(EventModel & { around: string | null })[]>();
  return rows.map(({ around: excerpt, ...row }) => {
    const tag = matchingTag(row.tags, text);
    const why =
      tag === undefined ? { by: 'payload' as const, text: excerpt ?? text } : { by: 'tag' as const, text: tag };
    return { row, why };
  });
}
