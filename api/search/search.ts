import type { Knex } from 'knex';
import type { SearchHit, SearchQuery, SearchResult } from '../../contract/search.ts';
import type { HeavyPace } from '../../store/heavyPace.ts';
import { isId, timeOfId } from '../../store/ids.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import { withinTime } from '../../store/withinTime.ts';
import { hasScope, type ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { decodeCursor, encodeCursor } from '../listing/page.ts';
import { deliveriesOfEvents, findDeliveryByName, type FoundDelivery, presentFoundDelivery } from './findDeliveries.ts';
import { findByKey } from './findByKey.ts';
import { findByTag } from './findByTag.ts';
import { findEventTypes } from './findEventTypes.ts';
import { findWebhooks, webhooksById } from './findWebhooks.ts';
import { EVENT_COLUMNS, type FoundEvent, presentFoundEvent } from './foundEvent.ts';
import { BEFORE_ALL, lookBack, type LookBackLimits } from './lookBack.ts';

/** How long (ms) a statement that goes by an index may take before it is left out. */
const PROBE_MS = 60;
const DEFAULT_LIMIT = 5;
/** What the cursor is for. */
const CURSOR = 'search';

export interface SearchServices {
  db: Knex;
  /** Looking through payloads makes room for events that are posted meanwhile. */
  pace: HeavyPace;
  limits?: LookBackLimits;
}

/** What one call has found so far. */
interface Found {
  events: FoundEvent[];
  deliveries: FoundDelivery[];
  others: SearchHit[];
}

/**
 * Finds what the caller may see: by indexes however old it is, each within a time of its own, and in payloads as far back as
 * there is time for. An id is what was meant, so that then no payload is looked at.
 * @param isWanted whether the answer is still waited for.
 */
export async function search(
  { db, pace, limits }: SearchServices,
  identity: ApiKeyIdentity,
  { q, limit = DEFAULT_LIMIT, cursor }: SearchQuery,
  isWanted: () => boolean,
): Promise<SearchResult> {
  const since = performance.now();
  const text = q.trim();
  const before = cursor === undefined ? undefined : decodeCursor(cursor, CURSOR);
  const probes = new Probes(db);
  const found = before === undefined ? await findByIndexes(probes, identity, text, limit) : nothing();
  const maySeePayloads = hasScope(identity, 'events:read');
  const isNamed = [...found.events, ...found.deliveries, ...found.others].some(({ why }) => NAMING.has(why.by));
  const looked =
    maySeePayloads && !isNamed
      ? await lookBack(db, { identity, text, limit, before, since, rest: pace.begin(), isWanted }, limits)
      : null;
  const known = new Set(found.events.map(({ row }) => row.id));
  const events = [...found.events, ...(looked?.found ?? []).filter(({ row }) => !known.has(row.id))];
  const data = await present(probes, identity, { ...found, events }, 2 * limit);
  const mayLookOn = looked ? looked.hasMore : maySeePayloads;
  return {
    data,
    lookedBackTo: looked?.lookedTo ? timeOfId(looked.lookedTo).toISOString() : null,
    isComplete: !mayLookOn && !probes.hasLeftOut,
    nextCursor: mayLookOn ? encodeCursor(looked?.lookedTo ?? BEFORE_ALL, CURSOR) : null,
  };
}

const NAMING = new Set<string>(['id', 'workflow_id'] satisfies SearchHit['why']['by'][]);

/** Reads that are left out when they take too long. */
class Probes {
  readonly #db: Knex;
  hasLeftOut = false;

  constructor(db: Knex) {
    this.#db = db;
  }

  async read<T>(read: (trx: Knex.Transaction) => Promise<T[]>): Promise<T[]> {
    const found = await withinTime(this.#db, PROBE_MS, read);
    if (!found) this.hasLeftOut = true;
    return found ?? [];
  }
}

function nothing(): Found {
  return { events: [], deliveries: [], others: [] };
}

async function findByIndexes(probes: Probes, identity: ApiKeyIdentity, text: string, limit: number): Promise<Found> {
  const [maySeeEvents, maySeeDeliveries, maySeeWebhooks] = (
    ['events:read', 'deliveries:read', 'webhooks:read'] as const
  ).map((scope) => hasScope(identity, scope));
  const id = isId(text) ? text.toLowerCase() : null;
  const found = nothing();
  if (maySeeEvents) {
    if (id) found.events.push(...(await probes.read((trx) => findEventById(trx, identity, id))));
    found.events.push(...(await probes.read((trx) => findByKey(trx, identity, text, limit))));
    found.events.push(...(await probes.read((trx) => findByTag(trx, identity, text, limit))));
    found.events = eachOnce(found.events);
    found.others.push(...(await probes.read((trx) => findEventTypes(trx, identity, text, limit))));
  }
  if (maySeeDeliveries) {
    const name = id ? { id } : { workflowId: text };
    found.deliveries.push(...(await probes.read((trx) => findDeliveryByName(trx, identity, name))));
    if (id && !maySeeEvents) {
      const event = { id, why: { by: 'event_id' as const, text: id } };
      found.deliveries.push(...(await probes.read((trx) => deliveriesOfEvents(trx, identity, [event], limit))));
    }
  }
  if (maySeeWebhooks) {
    found.others.unshift(...(await probes.read((trx) => findWebhooks(trx, identity, id ?? text, limit))));
  }
  return found;
}

async function findEventById(trx: Knex, identity: ApiKeyIdentity, id: string): Promise<FoundEvent[]> {
  const row = await onlyVisibleTo(identity, EventModel.query(trx))
    .findById(id)
    .select([...EVENT_COLUMNS]);
  return row ? [{ row, why: { by: 'id', text: id } }] : [];
}

function eachOnce(events: FoundEvent[]): FoundEvent[] {
  return [...new Map(events.toReversed().map((event) => [event.row.id, event])).values()].toReversed();
}

/** What was named by its id first, then deliveries, since they tell what became of an event, events, and all others. */
async function present(
  probes: Probes,
  identity: ApiKeyIdentity,
  { events, deliveries, others }: Found,
  limit: number,
): Promise<SearchHit[]> {
  const theirs = hasScope(identity, 'deliveries:read')
    ? await probes.read((trx) => deliveriesOfEvents(trx, identity, events.map(asOrigin), limit))
    : [];
  const all = [...deliveries, ...theirs];
  const webhookIds = [...new Set(all.map(({ row }) => row.webhookId))];
  const webhooks = hasScope(identity, 'webhooks:read')
    ? await probes.read((trx) => webhooksById(trx, identity, webhookIds))
    : [];
  const names = new Map(webhooks.map(({ id, name }) => [id, name]));
  const hits = [
    ...all.map((delivery) => presentFoundDelivery(delivery, names)),
    ...events.map(presentFoundEvent),
    ...others,
  ];
  return [...hits.filter(({ why }) => NAMING.has(why.by)), ...hits.filter(({ why }) => !NAMING.has(why.by))];
}

/** An event as what its deliveries were found by. */
function asOrigin({ row, why }: FoundEvent): { id: string; why: SearchHit['why'] } {
  return { id: row.id, why: why.by === 'id' ? { by: 'event_id', text: row.id } : why };
}
