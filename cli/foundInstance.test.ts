import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findInstance } from './foundInstance.ts';
import { noteInstance } from './start/instance.ts';

/** No process has it: systems give out less. */
const NOBODY = 2 ** 30;
const instance = {
  pid: process.pid,
  startedAt: '2026-11-27T09:00:00.000Z',
  url: 'http://localhost:5310',
  temporalAddress: null,
  temporalUiUrl: null,
  databaseUrl: null,
  databaseDirectory: null,
};

let checkout: string;
let nested: string;
beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'relay-found-'));
  nested = join(checkout, 'web', 'src');
  await mkdir(nested, { recursive: true });
  await mkdir(join(checkout, '.relay'));
});
afterEach(() => rm(checkout, { recursive: true }));

test('what npm start has noted is found from anywhere in its checkout, and no more when it has stopped', async () => {
  expect(findInstance({}, nested)).toBeNull();
  const remove = await noteInstance(join(checkout, '.relay'), instance);
  expect(findInstance({}, nested)?.url).toBe(instance.url);
  expect(findInstance({}, checkout)?.url).toBe(instance.url);
  await remove();
  expect(findInstance({}, nested)).toBeNull();
});

test('a note that was left behind, and one that cannot be read, are none', async () => {
  await noteInstance(join(checkout, '.relay'), { ...instance, pid: NOBODY });
  expect(findInstance({}, checkout)).toBeNull();
  await writeFile(join(checkout, '.relay', 'instance.json'), '{');
  expect(findInstance({}, checkout)).toBeNull();
});

test('RELAY_DATA_DIR names the place, and no other is looked at', async () => {
  await noteInstance(join(checkout, '.relay'), instance);
  expect(findInstance({ RELAY_DATA_DIR: nested }, checkout)).toBeNull();
  await noteInstance(nested, { ...instance, url: 'http://localhost:5320' });
  expect(findInstance({ RELAY_DATA_DIR: nested }, checkout)?.url).toBe('http://localhost:5320');
});
