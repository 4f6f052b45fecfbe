import pg from 'pg';
import type { Logger } from '../logger.ts';
import { untilDatabaseReachable } from './untilDatabaseReachable.ts';

/** Who wants to hear of something. */
export interface Subscription {
  channels: string[];
  onNotification(channel: string, payload: string): void;
  /** Called when the connection is back after it was lost: what was announced in between must be read. */
  onReconnected(): Promise<void>;
}

/** A process's one connection for what PostgreSQL announces: each more would be woken by every announcement, too. */
export interface Listener {
  /** From when it resolves on, nothing is missed: what was there before is to be read after it. */
  subscribe(subscription: Subscription): Promise<void>;
  /** Drops the connection and makes a new one, which calls `onReconnected` of everyone. */
  reconnect(): void;
  close(): Promise<void>;
}

interface ListenOptions {
  url: string;
  logger: Logger;
}

/** A dead peer is noticed within this, since NOTIFY itself is silence on a broken line. */
const HEARTBEAT_MS = 500;
const RECONNECT_MS = 100;

/**
 * LISTENs on a connection of its own (it cannot go through a transaction pooler, and warns of one) and heals it when it is
 * lost.
 * @throws when the first connect fails for good, or for longer than a start waits.
 */
export async function listen({ url, logger }: ListenOptions): Promise<Listener> {
  const subscriptions: Subscription[] = [];
  let closed = false;
  let healing: Promise<void> | null = null;
  let client: pg.Client | null = null;
  client = await untilDatabaseReachable(connect, logger);

  async function connect(): Promise<pg.Client> {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'relay-listen',
      keepAlive: true,
      connectionTimeoutMillis: 2000,
      query_timeout: 2000,
    });
    next.on('notification', ({ channel, payload }) => {
      for (const subscription of subscriptions) {
        if (subscription.channels.includes(channel)) subscription.onNotification(channel, payload ?? '');
      }
    });
    next.on('error', () => lost(next));
    next.on('end', () => lost(next));
    try {
      await next.connect();
      await hear(next, subscriptions);
      await warnOfPooler(next);
      return next;
    } catch (error) {
      next.end().catch(() => undefined);
      throw error;
    }
  }

  async function hear(on: pg.Client, of: Subscription[]): Promise<void> {
    for (const channel of new Set(of.flatMap(({ channels }) => channels))) await on.query(`LISTEN ${channel}`);
  }

  /** Behind a pooler the server that answers is not the one that said hello; LISTEN may then be heard by nobody. */
  async function warnOfPooler(connected: pg.Client & { processID?: number | null }): Promise<void> {
    const { rows } = await connected.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    if (rows[0]?.pid === connected.processID) return;
    logger.warn(
      'Changes are listened for through a connection pooler, which loses them unless it pools by session: set DATABASE_LISTEN_URL',
    );
  }

  function lost(which: pg.Client): void {
    if (closed || which !== client || healing) return;
    logger.warn('The listening database connection was lost');
    healing = heal().finally(() => (healing = null));
  }

  async function heal(): Promise<void> {
    client?.removeAllListeners('end');
    client?.end().catch(() => undefined);
    while (!closed) {
      try {
        client = await connect();
        await Promise.all(subscriptions.map((subscription) => subscription.onReconnected()));
        logger.info('The listening database connection is back');
        return;
      } catch {
        client?.end().catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    }
  }

  const heartbeat = setInterval(() => {
    const asked = client;
    if (!healing && asked) asked.query('SELECT 1').catch(() => lost(asked));
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    async subscribe(subscription) {
      subscriptions.push(subscription);
      await healing;
      const asked = client;
      // A connection that is lost now is followed by one that hears for everyone.
      if (asked) await hear(asked, [subscription]).catch(() => lost(asked));
      await healing;
    },
    reconnect: () => void (client && lost(client)),
    async close() {
      closed = true;
      clearInterval(heartbeat);
      await healing;
      await client?.end().catch(() => undefined);
    },
  };
}
