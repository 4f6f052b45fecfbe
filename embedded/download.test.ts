import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { downloadTemporal, readSums, releaseBase } from './download.ts';
import { MODULE_DIRECTORY, pinnedVersions } from './serverCache.ts';

type Answer = (response: ServerResponse) => void;

const PATIENCE = { connect: 1000, silence: 300, whole: 20_000 };

let directory: string;
let cache: string;
let base: URL;
/** What the server answers with, by the file's name without its version and system. */
let answers: Record<string, Answer>;
let asked: string[];
const archives: Record<string, Buffer> = {};

const server = createServer((request, response) => {
  const path = request.url ?? '';
  asked.push(basename(path));
  const file = basename(path).replace(/^(temporal|ui-server)_.*\.tar\.gz$/, '$1.tar.gz');
  const answer = answers[path.startsWith('/temporalio/ui-server/') && !file.endsWith('.gz') ? 'ui sums' : file];
  if (answer) answer(response);
  else response.writeHead(404).end();
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'relay-download-'));
  archives['temporal.tar.gz'] = await pack(['temporal-server', 'temporal-sql-tool', 'tdbg']);
  archives['ui-server.tar.gz'] = await pack(['ui-server', 'README.md']);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

beforeEach(async () => {
  cache = await mkdtemp(join(directory, 'cache-'));
  vi.stubEnv('RELAY_CACHE_DIR', cache);
  asked = [];
  answers = {
    'temporal.tar.gz': (response) => response.end(archives['temporal.tar.gz']),
    'ui-server.tar.gz': (response) => response.end(archives['ui-server.tar.gz']),
    'checksums.txt': (response) => response.end(sums('temporal')),
    'ui sums': (response) => response.end(sums('ui-server')),
  };
});
afterEach(() => void vi.unstubAllEnvs());

async function pack(names: string[]): Promise<Buffer> {
  const from = await mkdtemp(join(directory, 'pack-'));
  for (const name of names) {
    await writeFile(join(from, name), `#!/bin/sh\necho ${name}\n`);
    await chmod(join(from, name), 0o755);
  }
  return execFileSync('tar', ['-cz', '-C', from, ...names], { maxBuffer: 1e7 });
}

function sha256(name: string): string {
  return createHash('sha256').update(archives[`${name}.tar.gz`]!).digest('hex');
}

/** The sums of a release, as its project writes them: of every file for every system. */
function sums(name: string): string {
  const file = asked.find((one) => one.startsWith(`${name}_`) && one.endsWith('.gz')) ?? '';
  return `${'0'.repeat(64)}  ${name}_9.9.9_other_other.tar.gz\n${sha256(name)}  ${file}\n`;
}

const log: string[] = [];
const progress: string[] = [];
function download(knownSums = new Map<string, string>()) {
  [log.length, progress.length] = [0, 0];
  return downloadTemporal(
    { base, knownSums, patience: PATIENCE },
    { log: (line) => log.push(line), onProgress: (line) => progress.push(line) },
  );
}

const left = () => readdir(cache);

test('the programs of both releases are there once their sums are right, and run', async () => {
  const programs = await download();
  const said = Object.values(programs).map((program) => execFileSync(program).toString().trim());
  expect(said).toEqual(['temporal-server', 'temporal-sql-tool', 'ui-server']);
  const [kept] = await left();
  const names = ['temporal-server', 'temporal-sql-tool', 'temporal-ui-server'];
  expect((await readdir(join(cache, kept!))).sort()).toEqual(names);
  expect(progress.at(-1)).toMatch(/^downloading the official Temporal server: \d+ % of \d+ MiB$/);
  asked = [];
  expect(await download()).toEqual(programs);
  expect(asked).toEqual([]);
});

test('an archive with another sum is refused, and nothing of it is left', async () => {
  answers['ui-server.tar.gz'] = (response) => response.end(archives['temporal.tar.gz']);
  await expect(download()).rejects.toThrow(`and should have ${sha256('ui-server')}`);
  expect(await left()).toEqual([]);
});

test('a sum that is kept here counts, whatever the release says of itself', async () => {
  answers['checksums.txt'] = (response) => response.writeHead(500).end();
  const { server: version } = await pinnedVersions();
  const pin = async (sum: string) => {
    await download().catch(() => undefined);
    const file = asked.find((one) => one.startsWith(`temporal_${version}_`)) ?? '';
    return new Map([[file, sum]]);
  };
  await expect(download(await pin('1'.repeat(64)))).rejects.toThrow(`should have ${'1'.repeat(64)}`);
  await download(await pin(sha256('temporal')));
});

test('what is not there, or not named by its sums, is told', async () => {
  delete answers['temporal.tar.gz'];
  await expect(download()).rejects.toThrow(/temporal_.*\.tar\.gz answers 404/);
  answers['temporal.tar.gz'] = (response) => response.end(archives['temporal.tar.gz']);
  answers['ui sums'] = (response) => response.end('');
  await expect(download()).rejects.toThrow(/checksums\.txt of the release does not name ui-server_/);
  expect(await left()).toEqual([]);
});

test.each<[string, Answer]>([
  ['answers nothing', () => undefined],
  ['stalls half-way', (response) => response.writeHead(200, { 'content-length': 5000 }).write('half')],
  [
    'breaks off',
    (response) => response.writeHead(200, { 'content-length': 5000 }).write('half', () => response.destroy()),
  ],
])('a server that %s is given up', async (_, answer) => {
  answers['temporal.tar.gz'] = answer;
  await expect(download()).rejects.toThrow();
  expect(await left()).toEqual([]);
});

test('a redirect is followed, but to nowhere that it could be changed on its way from', async () => {
  answers['elsewhere'] = answers['temporal.tar.gz']!;
  answers['temporal.tar.gz'] = (response) => response.writeHead(302, { location: `${base.href}elsewhere` }).end();
  await download();
  await rm(cache, { recursive: true });
  answers['temporal.tar.gz'] = (response) => response.writeHead(302, { location: 'http://relay.invalid/it' }).end();
  await expect(download()).rejects.toThrow('relay.invalid is to be asked by http:, and only https: will do');
  answers['temporal.tar.gz'] = (response) =>
    response.writeHead(302, { location: '/temporalio/x/temporal_1.tar.gz' }).end();
  await expect(download()).rejects.toThrow('leads from one place to the next');
});

test('who gives it up waits for nothing, and nothing is left', async () => {
  const stopping = new AbortController();
  answers['temporal.tar.gz'] = () => stopping.abort();
  const getting = { log: () => undefined, signal: stopping.signal };
  await expect(downloadTemporal({ base, patience: { ...PATIENCE, silence: 60_000 } }, getting)).rejects.toThrow();
  expect(await left()).toEqual([]);
});

test('releases come from github.com, a mirror, or not at all', () => {
  expect(releaseBase({})?.href).toBe('https://github.com/');
  expect(releaseBase({ RELAY_DOWNLOAD_URL: 'https://mirror.example/github' })?.href).toBe(
    'https://mirror.example/github',
  );
  expect(releaseBase({ RELAY_DOWNLOAD_URL: 'off' })).toBe(null);
  expect(() => releaseBase({ RELAY_DOWNLOAD_URL: 'mirror' })).toThrow('RELAY_DOWNLOAD_URL must be');
});

test('the sums that are kept here are of the versions that are pinned', async () => {
  const { server: temporal, ui } = await pinnedVersions();
  const files = [...readSums(await readFile(join(MODULE_DIRECTORY, 'sums.txt'), 'utf8')).keys()];
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(file).toMatch(new RegExp(`^(temporal_${temporal}|ui-server_${ui})_(linux|darwin)_`));
});
