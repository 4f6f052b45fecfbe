import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readOutbox } from '../../process/metrics/readOutbox.ts';
import { rollUpHour } from '../../store/rollups/rollUpHours.ts';
import { rollUpSent } from '../../store/rollups/rollUpSent.ts';
import { loadRows, type LoadedRows } from '../../bench/support/loadRows.ts';
import { sizeCalls } from '../../bench/support/sizeCalls.ts';
import { startTestApi, type TestApi } from './api/support.ts';

/** Enough for the planner to choose as it does among millions. */
const ROWS = 20_000;
const LARGE_TABLES = ['events', 'deliveries', 'attempts'];

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: Plan[];
}

interface Statement {
  sql: string;
  bindings: unknown[];
}

let test: TestApi;
let admin: pg.Client;
let loaded: LoadedRows;

beforeAll(async () => {
  test = await startTestApi();
  const { rows } = await test.db.raw<{ rows: [{ name: string }] }>('SELECT current_database() AS name');
  const url = new URL(inject('postgresUrl'));
  url.pathname = rows[0].name;
  admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  loaded = await loadRows(url.href, ROWS);
  while (await rollUpHour(test.db));
  while (await rollUpSent(test.db));
  await admin.query('VACUUM (ANALYZE) event_hours, delivery_hours, attempt_hours, sent_hours');
}, 180_000);
afterAll(() => admin.end());

/** What the API asks the database for one of its calls. */
async function statementsOf({ path, body }: { path: string; body?: unknown }): Promise<Statement[]> {
  const statements: Statement[] = [];
  const note = ({ sql, bindings = [] }: { sql: string; bindings?: unknown[] }) => {
    if (/^\s*(select|with)\b/i.test(sql)) statements.push({ sql, bindings });
  };
  test.db.on('query', note);
  const { status } = await fetch(`${test.url}${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'x-api-key': 'admin-key' },
  });
  test.db.off('query', note);
  expect(status).toBe(200);
  return statements;
}

/** All parts of the plan for a statement. */
async function planOf({ sql, bindings }: Statement): Promise<Plan[]> {
  const { rows } = await admin.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`EXPLAIN (FORMAT JSON) ${sql}`, bindings);
  const parts = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(parts)];
  return parts(rows[0]?.['QUERY PLAN'][0].Plan ?? { 'Node Type': 'None' });
}

/** The large tables that a statement would read from end to end. */
async function readWhole(statement: Statement): Promise<string[]> {
  const plan = await planOf(statement);
  return plan
    .filter((node) => node['Node Type'] === 'Seq Scan' && LARGE_TABLES.includes(node['Relation Name'] ?? ''))
    .map((node) => node['Relation Name'] ?? '');
}

describe('among many rows', () => {
  it('no list, filter or statistic reads events, deliveries or attempts from end to end', async () => {
    const found: { name: string; tables: string[]; sql: string }[] = [];
    let looked = 0;
    for (const call of sizeCalls(loaded, Date.now())) {
      for (const statement of await statementsOf(call)) {
        looked += 1;
        const tables = await readWhole(statement);
        if (tables.length > 0) found.push({ name: call.name, tables, sql: statement.sql });
      }
    }
    expect(found).toEqual([]);
    expect(looked).toBeGreaterThan(100);
  });

  it.each([
    ['status=failed,skipped', 'deliveries_by_status'],
    ['status=failed,retrying&httpClass=5xx', 'deliveries_by_http_status'],
    ['errorCode=timeout', 'deliveries_by_error'],
  ])('a page of %s is taken from the index of each, in the order of ids', async (filters, index) => {
    const statements = await statementsOf({ path: `/api/deliveries?limit=25&view=summary&${filters}` });
    const plan = await planOf(statements.find(({ sql }) => sql.includes('row_number')) ?? { sql: '', bindings: [] });
    expect(plan.map((part) => part['Index Name'])).toContain(index);
    expect(plan.filter((part) => part['Node Type'] === 'Bitmap Heap Scan')).toEqual([]);
  });

  it('neither does a scrape of the metrics', async () => {
    const statements: Statement[] = [];
    const note = ({ sql, bindings = [] }: Statement) => statements.push({ sql, bindings });
    test.db.on('query', note);
    await readOutbox(test.db);
    test.db.off('query', note);
    expect(statements).toHaveLength(1);
    for (const statement of statements) expect(await readWhole(statement)).toEqual([]);
  });
});
