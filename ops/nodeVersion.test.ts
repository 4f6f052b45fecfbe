import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { pastItsEnd, tooOld } from './nodeVersion.ts';

test.each(['20.19.0', '20.20.2', '22.0.0', '26.12.1'])('Node %s will do', (version) => {
  expect(tooOld(version)).toBeNull();
});

test.each(['18.20.8', '20.18.3', '16.0.0'])('Node %s is too old, which is said in one sentence', (version) => {
  expect(tooOld(version)).toBe(`Relay needs Node 20.19 or newer; this is Node ${version}.`);
});

test('of a Node past its end is said what it costs', () => {
  expect(pastItsEnd('20.20.2')).toMatch(/^Node 20\.20\.2 gets no security fixes any more\..* use Node 24\.$/);
  expect(pastItsEnd('22.12.0')).toBeNull();
  expect(pastItsEnd('24.0.0')).toBeNull();
});

test('package.json, .nvmrc, image and CI name the standard, and the command line, read before any other file, the oldest', async () => {
  const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as { engines: { node: string } };
  expect(engines.node).toBe('>=24');
  expect(await readFile('.nvmrc', 'utf8')).toBe('24\n');
  for (const file of ['deploy/Dockerfile', '.github/workflows/ci.yml']) {
    expect((await readFile(file, 'utf8')).match(/node:\d+/g)).toContain('node:24');
    expect((await readFile(file, 'utf8')).match(/node:(?!24)\d+/g)).toBeNull();
  }
  expect(await readFile('bin/relay.js', 'utf8')).toContain('Relay needs Node 20.19 or newer');
});

test.each(['cli/start/main.ts', 'process/main.ts'])('%s imports nothing else before it has looked', async (file) => {
  const source = await readFile(file, 'utf8');
  const early = source.slice(0, source.indexOf('refuseOldNode(process.versions.node)'));
  expect(early.match(/^import .*/gm)).toHaveLength(1);
  expect(source.match(/^import (?!type).*/gm)).toHaveLength(1);
});
