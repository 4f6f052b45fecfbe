import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { connectDatabase, migrate } from '../../api/db/connect.ts';

/** Makes a new database with Relay's schema beside the given one; answers with its URL. */
export async function createDatabase(postgresUrl: string): Promise<string> {
  const name = `relay_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: postgresUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const db = connectDatabase({ url: url.href, poolMax: 2 });
  await migrate(db);
  await db.destroy();
  return url.href;
}
