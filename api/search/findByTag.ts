import type { Knex } from 'knex';
import { raw } from 'objection';
import { TAG_NAME } from '../../contract/primitives.ts';
import { containsTag } from '../../store/filters.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { EVENT_COLUMNS, type FoundEvent } from './foundEvent.ts';

/** The newest events, whose tags tell which names there are. */
const NAMES_OF = 2000;
const MOST_NAMES = 50;
const NAME = new RegExp(TAG_NAME);

/**
 * The newest events that have a tag, `name:value`, or a value by any of the names that lately were in use. By the index of tags, so that
 * what few have is found however old it is; a tag that very many have takes too long, and `lookBack` finds the newest of these.
 */
export async function findByTag(
  db: Knex,
  identity: ApiKeyIdentity,
  text: string,
  limit: number,
): Promise<FoundEvent[]> {
  const tags = [...tagIn(text), ...(await namesInUse(db, identity)).map((name) => `${name}:${text}`)];
  if (tags.length === 0) return [];
  const tagged = onlyVisibleTo(identity, EventModel.query(db))
    .whereNotNull('tags')
    .where((any) => {
      for (const tag of tags) void any.orWhere(containsTag(tag));
    })
    .select([...EVENT_COLUMNS]);
  // Read as a whole before it is sorted: the planner knows nothing of tags, and would walk through all events for the newest.
  const rows = await EventModel.query(db)
    .withMaterialized('tagged', tagged)
    .from('tagged')
    .orderBy('id', 'desc')
    .limit(limit);
  return rows.map((row) => ({ row, why: { by: 'tag', text: matchingTag(row.tags, text) ?? text } }));
}

/** The tag, `name:value`, that a text is or is the value of; undefined when none is. */
export function matchingTag(tags: Record<string, string> | null, text: string): string | undefined {
  return Object.entries(tags ?? {})
    .map(([name, value]) => ({ value, tag: `${name}:${value}` }))
    .find(({ value, tag }) => value === text || tag === text)?.tag;
}

function tagIn(text: string): string[] {
  return NAME.test(text.slice(0, Math.max(0, text.indexOf(':')))) ? [text] : [];
}

async function namesInUse(db: Knex, identity: ApiKeyIdentity): Promise<string[]> {
  const newest = onlyVisibleTo(identity, EventModel.query(db)).select('tags').orderBy('id', 'desc').limit(NAMES_OF);
  const rows = await EventModel.query(db)
    .from(newest.as('newest'))
    .joinRaw('CROSS JOIN LATERAL jsonb_object_keys(tags) AS used (name)')
    .distinct(raw('used.name'))
    .limit(MOST_NAMES)
    .castTo<{ name: string }[]>();
  return rows.map(({ name }) => name);
}
