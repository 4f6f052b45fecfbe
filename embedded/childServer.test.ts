import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startChildServer } from './childServer.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'relay-child-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function words(script: string): Promise<string> {
  const logFile = join(directory, 'server.log');
  const server = await startChildServer({
    command: '/bin/sh',
    args: ['-c', script],
    logFile,
    stopSignal: 'SIGTERM',
  });
  await server.exited;
  return server.lastLines();
}

test('the last words of a server are those of this start; its log keeps those of earlier ones', async () => {
  expect(await words('echo "an old version"; exit 1')).toBe('an old version');
  expect(await words('echo "no space left"; exit 1')).toBe('no space left');
  expect(await words('exit 1')).toBe('(it wrote nothing)');
  expect(await readFile(join(directory, 'server.log'), 'utf8')).toBe('an old version\nno space left\n');
});

test('its log can be read by its owner only, also one that was there before', async () => {
  const logFile = join(directory, 'server.log');
  for (const before of ['left', 'gone']) {
    if (before === 'left') await chmod(logFile, 0o644);
    else await rm(logFile);
    await words('echo "a row of a table"');
    expect((await stat(logFile)).mode & 0o777).toBe(0o600);
  }
});

test('a server is given no variable that is not its own', async () => {
  vi.stubEnv('SECRETS_KEY', 'kept-to-relay');
  vi.stubEnv('ADMIN_API_KEY', 'kept-to-relay');
  vi.stubEnv('LC_ALL', 'C');
  expect(await words('[ -n "$PATH" ] && env | grep -E "kept-to-relay|^LC_ALL"')).toBe('LC_ALL=C');
  vi.unstubAllEnvs();
});
