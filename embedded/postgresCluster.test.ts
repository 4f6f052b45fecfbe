import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureCluster } from './postgresCluster.ts';

const binaries = { initdb: '/nowhere/initdb', postgres: '/nowhere/postgres', major: 18 };
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'relay-cluster-'));
  await mkdir(join(home, 'data'));
});
afterEach(() => rm(home, { recursive: true }));

const ensure = () => ensureCluster(home, 'password', binaries, null);

test('a database that lost its PG_VERSION is called damaged, and left as it is', async () => {
  await writeFile(join(home, 'data', 'postgresql.conf'), '');
  await expect(ensure()).rejects.toThrow(
    /data is damaged: its file PG_VERSION is missing.*`relay restore`.*`relay reset`/,
  );
});

test('a database of another major version names both, and the ways out', async () => {
  await writeFile(join(home, 'data', 'PG_VERSION'), '17\n');
  await mkdir(join(home, 'data', 'global'));
  await writeFile(join(home, 'data', 'global', 'pg_control'), '');
  await expect(ensure()).rejects.toThrow(
    /made by PostgreSQL 17, and this Relay brings PostgreSQL 18\. Go back.*restore the dump/,
  );
});

test('a database of the same major version is used', async () => {
  await writeFile(join(home, 'data', 'PG_VERSION'), '18\n');
  await expect(ensure()).rejects.toThrow('is damaged: its file global/pg_control is missing');
  await mkdir(join(home, 'data', 'global'));
  await writeFile(join(home, 'data', 'global', 'pg_control'), '');
  expect(await ensure()).toBe(join(home, 'data'));
});
