import type { Knex } from 'knex';
import { GroupCommit } from '../../store/groupCommit.ts';
import { isDatabaseUnavailable } from '../../store/errors.ts';
import type { RateLimiter, RateVerdict } from '../http/middlewares/rateLimit.ts';

interface Taken {
  key: string;
  requests: number;
}

interface Counted {
  key: string;
  count: number;
  endsInMs: number;
}

/** The window is the database's clock minute, so it is the same one for every process. */
const COUNT = `
  INSERT INTO rate_windows AS w (key, begins_at, count)
  SELECT key, date_trunc('minute', clock_timestamp()), count
  FROM unnest(CAST(:keys AS text[]), CAST(:counts AS integer[])) AS i (key, count) ORDER BY key
  ON CONFLICT (key) DO UPDATE SET
    begins_at = excluded.begins_at,
    count = CASE WHEN w.begins_at = excluded.begins_at THEN w.count ELSE 0 END + excluded.count
  RETURNING key, count,
    CAST(extract(epoch FROM begins_at + interval '1 minute' - clock_timestamp()) * 1000 AS float8) AS "endsInMs"`;

/**
 * Counts requests in fixed windows of a minute, exactly, over all processes. Requests that arrive
 * together are counted by one statement, and one whose window is used up is refused from memory until it ends.
 */
export function createRateLimiter(db: Knex): RateLimiter {
  /** When the window of an exhausted key ends, in ms since the epoch. */
  const exhausted = new Map<string, { limit: number; endsAt: number }>();
  const commits = new GroupCommit<Taken, Counted>((taken) => countAll(db, taken), {
    isFatal: isDatabaseUnavailable,
    maxItems: 500,
  });

  return {
    async take(key, limit, requests = 1) {
      const known = exhausted.get(key);
      const now = Date.now();
      if (known && known.endsAt > now && known.limit === limit) return verdict(limit, limit + 1, known.endsAt - now);
      exhausted.delete(key);
      const { count, endsInMs } = await commits.add({ key, requests });
      if (count > limit) exhausted.set(key, { limit, endsAt: Date.now() + endsInMs });
      return verdict(limit, count, endsInMs);
    },
  };
}

function verdict(limit: number, count: number, endsInMs: number): RateVerdict {
  const resetSeconds = Math.max(1, Math.ceil(endsInMs / 1000));
  return { allowed: count <= limit, limit, remaining: Math.max(0, limit - count), resetSeconds };
}

/** Each of several calls for one key gets a number of its own. */
async function countAll(db: Knex, taken: Taken[]): Promise<Counted[]> {
  const wanted = new Map<string, number>();
  for (const { key, requests } of taken) wanted.set(key, (wanted.get(key) ?? 0) + requests);
  const { rows } = await db.raw<{ rows: Counted[] }>(COUNT, { keys: [...wanted.keys()], counts: [...wanted.values()] });
  const next = new Map(rows.map((row) => [row.key, { ...row, count: row.count - (wanted.get(row.key) ?? 0) }]));
  return taken.map(({ key, requests }) => {
    const counted = next.get(key);
    if (!counted) throw new Error('A request was not counted');
    counted.count += requests;
    return { ...counted };
  });
}
