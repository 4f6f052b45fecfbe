import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../ops/logger.ts';
import { untilDatabaseReachable } from './untilDatabaseReachable.ts';

/** Who wants to hear of something. */
export interface Subscription {
  channels: string[];
  onNotification(channel: string, payload: string): void;
  /**
   * Called when the connection is back after it was lost: what was announced in between must be read. Called again while
   * that fails, which keeps nobody else from hearing.
   */
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
/** A subscriber that cannot catch up is asked again after so long, the second time after twice as long, and so on. */
const CATCH_UP_MS = { first: 100, longest: 5000 };

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
        if (subscription.channels.includes(channel)) tell(subscription, channel, payload ?? '');
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

  function tell(subscription: Subscription, channel: string, payload: string): void {
    try {
      subscription.onNotification(channel, payload);
    } catch (error) {
      logger.error('What was announced could not be taken in', { channel, error });
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
        const connected = await connect();
        client = connected;
        logger.info('The listening database connection is back');
        for (const subscription of subscriptions) void catchUp(subscription, connected);
        return;
      } catch {
        await sleep(RECONNECT_MS);
      }
    }
  }

  /** Until it succeeds, or the connection is another, after which everyone is asked anew. */
  async function catchUp(subscription: Subscription, after: pg.Client): Promise<void> {
    for (let pauseMs = CATCH_UP_MS.first; !closed && client === after; pauseMs *= 2) {
      try {
        return await subscription.onReconnected();
      } catch (error) {
        const { channels } = subscription;
        logger.warn('What was announced in between could not be read; it is tried again', { channels, error });
        await sleep(Math.min(pauseMs, CATCH_UP_MS.longest), undefined, { ref: false });
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
