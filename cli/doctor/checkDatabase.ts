import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { connectionAdvice } from '../../store/connectionAdvice.ts';
import { readMigrationState } from '../../store/migrationState.ts';
import { messageOf } from '../failure.ts';
import { checkConnections } from './checkConnections.ts';
import { checkListening } from './checkListening.ts';
import { checkSecrets } from './checkSecrets.ts';
import { checkTaskQueue } from './checkTaskQueue.ts';
import { connectDoctor } from './connectDoctor.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

const CONNECT_MS = 5000;
/** The stream resumes across processes whose clocks differ by less. */
const SKEW_WARN_MS = 2000;
/** Receivers refuse signatures whose time differs by more (Standard Webhooks). */
const SKEW_FAIL_MS = 5 * 60_000;

/** Whether the database can be reached, has the schema, the same time and enough connections, announces changes, and can be read with the key. */
export async function checkDatabase(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const url = env['DATABASE_URL'] || (await embeddedDatabaseUrl(env));
  if (!url) {
    const todo = 'Set it to have the database checked. Without it only relay start works, which brings its own.';
    return [warn('database', 'DATABASE_URL is not set', todo)];
  }
  let client: pg.Client;
  try {
    client = await connectDoctor(url, CONNECT_MS);
  } catch (error) {
    const todo = connectionAdvice(error) ?? 'Correct DATABASE_URL, or see the log of PostgreSQL.';
    return [fail('database', `${placeOf(url)} cannot be used: ${messageOf(error)}`, todo)];
  }
  const findings = [ok('database', `${placeOf(url)} answers`)];
  try {
    const migrations = await checkMigrations(client);
    findings.push(
      migrations,
      await checkClock(client),
      ...(await checkConnections(client, { ...env, DATABASE_URL: url })),
    );
    findings.push(await checkListening(client, env['DATABASE_LISTEN_URL'] || url));
    if (migrations.status !== 'fail') {
      findings.push(...(await checkSecrets(client, env)), ...(await checkTaskQueue(client, env)));
    }
  } catch (error) {
    findings.push(fail('database', `a question failed: ${messageOf(error)}`, 'See the log of PostgreSQL.'));
  } finally {
    await client.end().catch(() => undefined);
  }
  return findings;
}

/** That of the PostgreSQL which `relay start` brings, once it has been started from here; null where there is none. */
async function embeddedDatabaseUrl(env: NodeJS.ProcessEnv): Promise<string | null> {
  if (env['NODE_ENV'] === 'production') return null;
  const file = join(env['RELAY_DATA_DIR'] || '.relay', 'postgres', 'password');
  const password = await readFile(file, 'utf8').catch(() => null);
  return password && `postgres://relay:${password.trim()}@127.0.0.1:${env['POSTGRES_PORT'] || 5433}/relay`;
}

async function checkMigrations(client: pg.Client): Promise<Finding> {
  const { missing, unknown } = await readMigrationState(client);
  if (missing.length > 0) {
    return fail('migrations', `missing: ${missing.join(', ')}`, 'Run relay migrate as the owner of the tables.');
  }
  if (unknown.length > 0) {
    const todo = 'It was migrated by a newer Relay; docs/UPGRADING.md says what fits together.';
    return warn('migrations', `more than this Relay knows: ${unknown.join(', ')}`, todo);
  }
  return ok('migrations', 'all applied');
}

async function checkClock(client: pg.Client): Promise<Finding> {
  const asked = Date.now();
  const { rows } = await client.query<{ now: string }>('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now');
  const answered = Date.now();
  const skewMs = Math.round(Number(rows[0]?.now) - (asked + answered) / 2);
  // What the question itself took is no skew.
  const certainMs = Math.abs(skewMs) - (answered - asked) / 2;
  const message = `the database is ${Math.abs(skewMs)} ms ${skewMs < 0 ? 'behind' : 'ahead of'} this machine`;
  const todo = 'Let NTP set the clocks of both machines. Beyond 5 minutes receivers refuse signatures.';
  if (certainMs >= SKEW_FAIL_MS) return fail('clock', message, todo);
  return certainMs >= SKEW_WARN_MS ? warn('clock', message, todo) : ok('clock', message);
}

/** Host and database, without user and password. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'DATABASE_URL';
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
