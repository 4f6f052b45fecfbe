import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assertSameStore } from './store.ts';

test('workflows kept by one kind of Temporal are not continued by the other; it says what is lost and what to do', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'relay-store-'));
  await assertSameStore(directory, 'devServer');
  await assertSameStore(directory, 'devServer');
  await expect(assertSameStore(directory, 'modules')).rejects.toThrow(
    /are kept in SQLite.*keeps them in PostgreSQL.*move the directory away: nothing is lost.*npm run requeue/,
  );
  await rm(directory, { recursive: true });
});
