import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VERSION } from '../../ops/version.ts';
import { assertFits, readManifest, writeManifest } from './manifest.ts';

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'relay-manifest-'))));
afterEach(() => rm(directory, { recursive: true }));

test('a backup says which release made it, from which PostgreSQL, on which kind of machine', async () => {
  const written = await writeManifest(directory, 18);
  expect(await readManifest(directory)).toEqual(written);
  const system = `${process.platform}-${process.arch}`;
  expect(written).toMatchObject({ format: 1, relay: VERSION, postgres: 18, system });
  expect(() => assertFits(written, { major: 18 })).not.toThrow();
});

test('a backup of another PostgreSQL, or of another kind of machine, is refused with what to do', async () => {
  const manifest = await writeManifest(directory, 17);
  expect(() => assertFits(manifest, { major: 18 })).toThrow(
    /files of PostgreSQL 17, and this Relay brings PostgreSQL 18/,
  );
  expect(() => assertFits({ ...manifest, system: 'plan9-mips' }, { major: 17 })).toThrow(
    /made on plan9-mips, and this is/,
  );
});

test('what is no backup, or of a format to come, is refused', async () => {
  await expect(readManifest(directory)).rejects.toThrow('There is no relay-backup.json in it');
  await writeManifest(directory, 18);
  const file = join(directory, 'relay-backup.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"format": 1', '"format": 2'));
  await expect(readManifest(directory)).rejects.toThrow('Its format, 2, is not known here');
});
