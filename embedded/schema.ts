import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import pg from 'pg';

import { ensureDatabase } from './postgres.ts';
import { DATABASES } from './serverConfig.ts';
import { serverEnvironment } from './serverEnvironment.ts';

const run = promisify(execFile);

/** The schemas the SQL tool carries in itself, by database. */
const SCHEMAS = {
  [DATABASES.main]: 'postgresql/v12/temporal',
  [DATABASES.visibility]: 'postgresql/v12/visibility',
} as const;

/** Makes Temporal's databases on a PostgreSQL server, or brings them up to the tool's version. May be run again. */
export async function updateSchemas(sqlTool: string, postgresUrl: string): Promise<void> {
  await Promise.all(
    Object.entries(SCHEMAS).map(async ([database, schema]) => {
      await ensureDatabase(postgresUrl, database);
      if (!(await hasVersion(postgresUrl, database))) {
        await runTool(sqlTool, postgresUrl, database, ['setup-schema', '--version', '0.0']);
      }
      await runTool(sqlTool, postgresUrl, database, ['update-schema', '--schema-name', schema]);
    }),
  );
}

/**
 * Forgets which servers were members of the cluster. There is only ever one on such a database; after a crash it would
 * otherwise look for its former self.
 */
export async function forgetMembers(postgresUrl: string): Promise<void> {
  await query(postgresUrl, DATABASES.main, 'DELETE FROM cluster_membership');
}

/** Runs one statement on one of Temporal's databases. */
export async function query(postgresUrl: string, database: string, sql: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: databaseUrl(postgresUrl, database) });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function hasVersion(postgresUrl: string, database: string): Promise<boolean> {
  const [row] = await query(postgresUrl, database, "SELECT to_regclass('schema_version') IS NOT NULL AS known");
  if (row?.known !== true) return false;
  return (await query(postgresUrl, database, 'SELECT 1 FROM schema_version')).length > 0;
}

async function runTool(sqlTool: string, postgresUrl: string, database: string, command: string[]): Promise<void> {
  const { hostname, port, username, password } = new URL(postgresUrl);
  try {
    await run(sqlTool, command, {
      // By environment: a password on the command line could be read by every user of the machine.
      env: serverEnvironment({
        SQL_PLUGIN: 'postgres12_pgx',
        SQL_HOST: hostname,
        SQL_PORT: port || '5432',
        SQL_USER: decodeURIComponent(username),
        SQL_PASSWORD: decodeURIComponent(password),
        SQL_DATABASE: database,
      }),
    });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    const message = `${stdout}${stderr}`.trim().split('\n').slice(-10).join('\n');
    throw new Error(`The database "${database}" of Temporal could not be set up (${command[0]}):\n${message}`, {
      cause,
    });
  }
}

function databaseUrl(postgresUrl: string, database: string): string {
  const url = new URL(postgresUrl);
  url.pathname = `/${database}`;
  return url.href;
}
