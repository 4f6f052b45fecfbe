import pg from 'pg';
import type { Logger } from '../logger.ts';
import { untilDatabaseReachable } from './untilDatabaseReachable.ts';

export interface Listener {
  /** Drops the connection and makes a new one, which calls `onConnected` again. */
  reconnect(): void;
  close(): Promise<void>;
}

interface ListenOptions {
  url: string;
  channels: string[];
  onNotification(channel: string, payload: string): void;
  /** Called after every connect but the first: what was announced in between is lost and must be read. */
  onConnected(): Promise<void>;
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
export async function listen(options: ListenOptions): Promise<Listener> {
  let closed = false;
  let healing: Promise<void> | null = null;
  let client: pg.Client | null = null;
  client = await untilDatabaseReachable(connect, options.logger);

  async function connect(): Promise<pg.Client> {
    const next = new pg.Client({
      connectionString: options.url,
      application_name: 'relay-listen',
      keepAlive: true,
      connectionTimeoutMillis: 2000,
      query_timeout: 2000,
    });
    next.on('notification', ({ channel, payload }) => options.onNotification(channel, payload ?? ''));
    next.on('error', () => lost(next));
    next.on('end', () => lost(next));
    try {
      await next.connect();
      for (const channel of options.channels) await next.query(`LISTEN ${channel}`);
      await warnOfPooler(next);
      return next;
    } catch (error) {
      next.end().catch(() => undefined);
      throw error;
    }
  }

  /** Behind a pooler the server that answers is not the one that said hello; LISTEN may then be heard by nobody. */
  async function warnOfPooler(connected: pg.Client & { processID?: number | null }): Promise<void> {
    const { rows } = await connected.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    if (rows[0]?.pid === connected.processID) return;
    options.logger.warn(
      'Changes are listened for through a connection pooler, which loses them unless it pools by session: set DATABASE_LISTEN_URL',
    );
  }

  function lost(which: pg.Client): void {
    if (closed || which !== client || healing) return;
    options.logger.warn('The listening database connection was lost');
    healing = heal().finally(() => (healing = null));
  }

  async function heal(): Promise<void> {
    client?.removeAllListeners('end');
    client?.end().catch(() => undefined);
    while (!closed) {
      try {
        client = await connect();
        await options.onConnected();
        options.logger.info('The listening database connection is back');
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
    reconnect: () => void (client && lost(client)),
    async close() {
      closed = true;
      clearInterval(heartbeat);
      await healing;
      await client?.end().catch(() => undefined);
    },
  };
}
