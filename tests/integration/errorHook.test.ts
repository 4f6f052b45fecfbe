import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startRelayProcess } from '../support/relayProcess.ts';

const MAIN = fileURLToPath(new URL('../../process/main.ts', import.meta.url));
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'relay-hook-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function hook(name: string, code: string): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, code);
  return file;
}

test('what fails for reasons of our own is told to the error hook with its request, and logged with its stack', async () => {
  const reports = join(directory, 'reports.jsonl');
  const ERROR_HOOK = await hook(
    'hook.mjs',
    `import { appendFileSync } from 'node:fs';
    export function captureException(error, context) {
      appendFileSync(${JSON.stringify(reports)}, JSON.stringify({ error: error.message, context }) + '\\n');
      throw new Error('the hook is broken, too');
    }`,
  );
  const databaseUrl = await createDatabase(inject('postgresUrl'));
  const place = { databaseUrl, temporalAddress: inject('temporalAddress') };
  const relay = await startRelayProcess(relayEnvironment(place, { ERROR_HOOK, RELAY_ROLE: 'api' }));
  const db = connectDatabase({ url: databaseUrl, poolMax: 1 });
  await db.raw('ALTER TABLE event_types RENAME TO hidden');
  const headers = { 'x-request-id': 'the-one-that-fails', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
  expect((await relay.api.call('GET', '/api/event-types', undefined, headers)).status).toBe(500);

  const line = await eventually(() => relay.log.find(({ message }) => message === 'A request failed'));
  expect(line).toMatchObject({ requestId: 'the-one-that-fails', traceId: TRACE, path: '/api/event-types' });
  const logged = line['error'] as { message: string; stack: string };
  expect(logged.message).toContain('event_types');
  expect(logged.stack).toContain('\n    at ');
  const [report = ''] = (await readFile(reports, 'utf8')).split('\n');
  expect(JSON.parse(report)).toEqual({
    error: logged.message,
    context: { message: 'A request failed', requestId: 'the-one-that-fails', traceId: TRACE, path: '/api/event-types' },
  });
  await eventually(() =>
    relay.log.find(({ message, level }) => message === 'The error hook failed' && level === 'warn'),
  );
  expect((await relay.api.call('GET', '/healthz')).status).toBe(200);
  await db.destroy();
  expect(await relay.stop()).toBe(0);
});

test.each([
  ['is not there', () => Promise.resolve(join(directory, 'missing.mjs'))],
  ['exports nothing to call', () => hook('empty.mjs', 'export const captureException = 1;')],
])('with a hook that %s the process does not start', async (_how, file) => {
  const place = { databaseUrl: inject('postgresUrl'), temporalAddress: inject('temporalAddress') };
  const ERROR_HOOK = await file();
  const env = { PATH: process.env['PATH'], ...relayEnvironment(place, { ERROR_HOOK }) };
  const ended = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', MAIN], { env }, (error, _stdout, stderr) =>
      resolve({ code: error?.code, stderr }),
    );
  });
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(ERROR_HOOK);
});
