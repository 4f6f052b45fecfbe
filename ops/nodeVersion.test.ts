import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { tooOld } from './nodeVersion.ts';

test.each(['20.19.0', '20.20.2', '22.0.0', '26.12.1'])('Node %s will do', (version) => {
  expect(tooOld(version)).toBeNull();
});

test.each(['18.20.8', '20.18.3', '16.0.0'])('Node %s is too old, which is said in one sentence', (version) => {
  expect(tooOld(version)).toBe(`Relay needs Node 20.19 or newer; this is Node ${version}.`);
});

test('package.json and the command line, which is read before any other file, name the same version', async () => {
  const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as { engines: { node: string } };
  expect(engines.node).toBe('>=20.19');
  expect(await readFile('bin/relay.js', 'utf8')).toContain('Relay needs Node 20.19 or newer');
});

test.each(['cli/start/main.ts', 'process/main.ts'])('%s imports nothing else before it has looked', async (file) => {
  const source = await readFile(file, 'utf8');
  const early = source.slice(0, source.indexOf('refuseOldNode(process.versions.node)'));
  expect(early.match(/^import .*/gm)).toHaveLength(1);
  expect(source.match(/^import (?!type).*/gm)).toHaveLength(1);
});
