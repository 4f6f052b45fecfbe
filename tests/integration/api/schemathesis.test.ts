import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { createSender } from '../../../activities/http/sender.ts';
import { findProgram } from '../../support/programs.ts';
import { startTestApi } from './support.ts';

/** It tries more wrong keys in a minute than one address may; what then happens is tested by itself. */
vi.mock('rate-limiter-flexible', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  RateLimiterMemory: class {
    consume = () => Promise.resolve();
  },
}));

const run = promisify(execFile);
const schemathesis = findProgram('schemathesis');
if (!schemathesis)
  process.stdout.write('schemathesis is not installed; what it makes of the OpenAPI file is not tried\n');

const CONFIG = fileURLToPath(new URL('../../support/schemathesis.toml', import.meta.url));
/** It would end only with the connection. */
const ENDLESS = '/api/stream';

interface Ended {
  stdout: string;
  code?: number;
}

describe.skipIf(!schemathesis)('what is made from the OpenAPI document by others', () => {
  it('is answered as the document says, for every operation', { timeout: 300_000 }, async () => {
    const refuse = () => ({ allowed: false as const, reason: 'This is a test.' });
    const sender = createSender({ guard: { check: refuse, checkUrl: refuse }, userAgent: 'schemathesis' });
    const { url } = await startTestApi({ sender });
    const options = [
      ...['--header', 'X-API-Key: admin-key', '--exclude-path', ENDLESS],
      ...['--phases', 'examples,fuzzing,stateful', '--max-examples', '25', '--no-color'],
    ];
    // Where it keeps what it has tried.
    const cwd = await mkdtemp(join(tmpdir(), 'relay-schemathesis-'));
    const args = ['--config-file', CONFIG, 'run', `${url}/api/openapi.json`, ...options];
    const { stdout, code = 0 } = await run(schemathesis ?? '', args, { cwd, maxBuffer: 64 * 1024 * 1024 }).then(
      (ended): Ended => ended,
      (error: unknown) => error as Ended,
    );
    await rm(cwd, { recursive: true });
    expect(stdout).toContain('Tested: ');
    expect({ code, report: code === 0 ? '' : stdout }).toEqual({ code: 0, report: '' });
  });
});
