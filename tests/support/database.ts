import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { connectDatabase } from '../../store/connect.ts';
import { migrate } from '../../store/migrate.ts';

/** Makes a new database with Relay's schema beside the given one; answers with its URL. */
export async function createDatabase(postgresUrl: string): Promise<string> {
  const url = await emptyDatabase(postgresUrl);
  const db = connectDatabase({ url, poolMax: 2 });
  await migrate(db);
  await db.destroy();
  return url;
}

/** Makes a database without any table beside the given one; answers with its URL. Its name is a new one unless given. */
export async function emptyDatabase(
  postgresUrl: string,
  { name = `relay_${randomUUID().replaceAll('-', '')}`, owner = '' } = {},
): Promise<string> {
  await execute(postgresUrl, `CREATE DATABASE ${name}${owner && ` OWNER ${owner}`}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs SQL on a connection of its own. */
export async function execute(databaseUrl: string, sql: string): Promise<pg.QueryResult<Record<string, unknown>>> {
  const client = await connect(databaseUrl);
  try {
    return await client.query<Record<string, unknown>>(sql);
  } finally {
    await client.end();
  }
}

/** A connection that the caller ends. */
export async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}
