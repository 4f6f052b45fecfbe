import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFreePorts } from '../../ops/freePorts.ts';

const START = fileURLToPath(new URL('../../cli/start/main.ts', import.meta.url));
const MAIN = fileURLToPath(new URL('../../process/main.ts', import.meta.url));

let dataDir: string;
beforeAll(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), 'relay-refused-')), 'data');
});
afterAll(() => rm(join(dataDir, '..'), { recursive: true, force: true }));

/** Runs a program that is to end by itself; answers with what it said. */
function run(script: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    env: { PATH, HOME, RELAY_DATA_DIR: dataDir, ...env },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (said.stderr += String(chunk)));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
}

describe('npm start', () => {
  test('is refused with a database of one’s own and no Temporal, and says what to do', async () => {
    const { code, stderr } = await run(START, { DATABASE_URL: 'postgres://relay@127.0.0.1:1/relay' });
    expect(code).toBe(1);
    expect(stderr).toContain('DATABASE_URL is set and TEMPORAL_ADDRESS is not');
    expect(stderr).toContain('Set TEMPORAL_ADDRESS to a Temporal server, or leave DATABASE_URL unset.');
  });

  test('names every variable that is wrong before it starts anything', async () => {
    const { code, stdout, stderr } = await run(START, { NODE_ENV: 'staging', PORT: '5e3', LOG_LEVEL: 'loud' });
    expect(code).toBe(1);
    expect(stdout + stderr).not.toContain('PostgreSQL');
    expect(stderr).toContain('PORT must be');
    expect(existsSync(dataDir)).toBe(false);
    const wrong = await run(START, { NODE_ENV: 'staging', LOG_LEVEL: 'loud', TRUST_PROXY: 'yes' });
    for (const name of ['NODE_ENV', 'LOG_LEVEL', 'TRUST_PROXY']) expect(wrong.stderr).toContain(`${name} must be`);
    expect(existsSync(dataDir)).toBe(false);
  });

  test('says of a database that refuses what to do, in one sentence', async () => {
    const [port] = await findFreePorts(1);
    const env = {
      DATABASE_URL: 'postgres://relay@127.0.0.1:1/relay',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      PORT: `${port}`,
    };
    const { code, stderr } = await run(START, env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Relay cannot start\. PostgreSQL cannot be used: .*ECONNREFUSED.*:\n {2}- Start PostgreSQL/);
    expect(stderr).not.toMatch(/ at .*:\d+:\d+/);
  });
});

test('npm start says which variable chose a data directory that is a file', async () => {
  const file = join(dataDir, '..', 'file');
  await writeFile(file, '');
  const [port] = await findFreePorts(1);
  const { code, stderr } = await run(START, { RELAY_DATA_DIR: file, PORT: `${port}` });
  expect(code).toBe(1);
  expect(stderr).toContain(
    `The data directory ${file} cannot be used: it is a file. Choose another with RELAY_DATA_DIR`,
  );
});

describe('a process of its own', () => {
  const fatal = ({ stderr }: { stderr: string }) =>
    JSON.parse(stderr.trim()) as { level: string; message: string; details: string[] };

  test('says in one line of JSON what is wrong with its configuration', async () => {
    const said = await run(MAIN, { NODE_ENV: 'production', DATABASE_URL: 'postgres://relay@127.0.0.1:1/relay' });
    expect(said.code).toBe(1);
    expect(fatal(said)).toMatchObject({
      level: 'fatal',
      details: [
        expect.stringContaining('ADMIN_API_KEY must be set') as string,
        expect.stringContaining('SECRETS_KEY must be set') as string,
      ],
    });
  });
});
