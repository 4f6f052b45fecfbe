import type pg from 'pg';
import { DEFAULT_POOL_MAX, ROLES, type Role } from '../../ops/config.ts';
import { type Finding, ok, warn } from './finding.ts';

const CHECK = 'connections';

/** What a process takes beside its pool: the connection that it listens on. */
const LISTENING = 1;

/** How many connections the server gives, and who has how many of them now. */
export interface Connections {
  max: number;
  /** Kept for superusers and the like. */
  reserved: number;
  /** Held by processes of Relay. */
  relay: number;
  /** Held by anybody else, as a Temporal on the same server does. */
  others: number;
}

/** What a process is told about its connections. */
export interface Wanted {
  role: Role;
  /** Null behind a pooler, which decides how many it takes. */
  poolMax: number | null;
}

/** Whether the server has connections enough for this process and its like. Says nothing when the variables are wrong. */
export async function checkConnections(client: pg.Client, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { RELAY_ROLE: role = 'all', DATABASE_POOL_MAX, DATABASE_URL, DATABASE_LISTEN_URL } = env;
  const poolMax = DATABASE_POOL_MAX ? Number(DATABASE_POOL_MAX) : DEFAULT_POOL_MAX;
  if (!isRole(role) || !Number.isInteger(poolMax) || poolMax < 1) return [];
  const isPooled = Boolean(DATABASE_LISTEN_URL) && hostOf(DATABASE_LISTEN_URL) !== hostOf(DATABASE_URL);
  const { rows } = await client.query<Connections>(`
    SELECT current_setting('max_connections')::int AS max,
      current_setting('superuser_reserved_connections')::int
        + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
      (count(*) FILTER (WHERE application_name IN ('relay', 'relay-listen')))::int AS relay,
      (count(*) FILTER (WHERE application_name NOT IN ('relay', 'relay-listen', 'relay-doctor')))::int AS others
    FROM pg_stat_activity WHERE usesysid IS NOT NULL AND datid IS NOT NULL AND leader_pid IS NULL`);
  return rows.map((connections) => judgeConnections(connections, { role, poolMax: isPooled ? null : poolMax }));
}

/** Two of each role are reckoned with, as docs/DEPLOYMENT.md has them, all with the same pool. */
export function judgeConnections({ max, reserved, relay, others }: Connections, { role, poolMax }: Wanted): Finding {
  const room = max - reserved;
  const processes = role === 'all' ? 2 : 4;
  const needed = processes * (LISTENING + (poolMax ?? 0));
  const who = role === 'all' ? 'two processes' : 'two API and two worker processes';
  const how = poolMax === null ? 'listen on' : `with DATABASE_POOL_MAX ${poolMax} take up to`;
  const message = `${who} ${how} ${needed} connections, others hold ${others}, max_connections leaves ${room}`;
  if (needed + others > room) {
    const enough = Math.ceil((needed + others + reserved) / 50) * 50;
    const fitting = Math.floor((room - others) / processes) - LISTENING;
    const lower = poolMax !== null && fitting >= 2 ? `, or lower DATABASE_POOL_MAX to ${fitting}` : '';
    return warn(CHECK, message, `Set max_connections of PostgreSQL to ${enough} or more (it restarts)${lower}.`);
  }
  const free = room - others - relay;
  if (free <= LISTENING) {
    const todo = 'Raise max_connections, or end what holds them: pg_stat_activity says who.';
    return warn(CHECK, `${room - free} of ${room} are taken: another process would not start`, todo);
  }
  return ok(CHECK, message);
}

function isRole(role: string): role is Role {
  return ROLES.includes(role as Role);
}

function hostOf(url: string | undefined): string | null {
  return url && URL.canParse(url) ? new URL(url).host : null;
}
