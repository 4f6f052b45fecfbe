import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CONFIG_VARIABLES, readConfig } from '../ops/config.ts';
import { routes } from '../api/routes.ts';
import { readRunFile, readTaskDefinition } from '../tests/support/cloudFiles.ts';
import { findProgram } from '../tests/support/programs.ts';
import { unitEnvironment } from '../tests/support/systemdUnits.ts';

const run = promisify(execFile);
const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
const temporalClient = await readFile('node_modules/@temporalio/envconfig/lib/envconfig-toml.js', 'utf8');
/** Read by Node and by PostgreSQL's driver. */
const OTHERS = ['NODE_EXTRA_CA_CERTS', 'PGSSLMODE'];
const SECRETS = {
  DATABASE_URL: 'postgres://relay_app@db/relay',
  ADMIN_API_KEY: 'a key of the operator’s own',
  SECRETS_KEY: Buffer.alloc(32, 'the sealing key').toString('base64'),
};
const PREVIOUS = 'SECRETS_KEY_PREVIOUS';
/** The image sets it. */
const IMAGE = { NODE_ENV: 'production' };

const isRead = (name: string) =>
  CONFIG_VARIABLES.includes(name) || OTHERS.includes(name) || temporalClient.includes(`['${name}']`);
const sourcesOf = (text: string) => [...text.matchAll(/\bdist\/([\w/]+)\.js/g)].map(([, path]) => `${path}.ts`);
const isOpen = (path: string) => routes.some((route) => route.path === path && route.access === 'open');

it.each([
  'Procfile',
  'docker-compose.yml',
  'deploy/Dockerfile',
  'deploy/kubernetes/migrate.yaml',
  'deploy/aws/task-migrate.json',
  'deploy/cloud-run/migrate.yaml',
  'deploy/systemd/relay-migrate.service',
  'deploy/systemd/relay-api@.service',
  'deploy/systemd/relay-worker@.service',
])('%s starts what a build makes', async (file) => {
  const sources = sourcesOf(await readFile(file, 'utf8'));
  expect(sources).not.toEqual([]);
  expect(sources.filter((path) => !existsSync(path))).toEqual([]);
});

const clouds = await Promise.all([
  ...['api', 'worker', 'migrate'].map((name) => readTaskDefinition(`deploy/aws/task-${name}.json`)),
  ...['api', 'worker', 'migrate'].map((name) => readRunFile(`deploy/cloud-run/${name}.yaml`)),
]);

describe.each(clouds)('$file', ({ file, image, command, env, secrets, port, probes }) => {
  const isMigration = file.includes('migrate');

  it('is this release’s image, with variables that are read', () => {
    expect(image.endsWith(`/relay:${version}`)).toBe(true);
    expect([...Object.keys(env), ...secrets].filter((name) => !isRead(name))).toEqual([]);
    const needed = isMigration ? ['DATABASE_URL'] : Object.keys(SECRETS);
    expect(secrets.filter((name) => name !== PREVIOUS)).toEqual(needed);
    expect(command).toEqual(isMigration ? ['node', 'dist/scripts/migrate.js'] : undefined);
  });

  it.skipIf(isMigration)('is what Relay starts with in production, and is asked where it answers', () => {
    // Cloud Run sets PORT to the container's port, and refuses a file that sets it.
    const isRun = file.includes('cloud-run');
    if (isRun) expect(env).not.toHaveProperty('PORT');
    const config = readConfig({ ...IMAGE, ...SECRETS, ...env, ...(isRun ? { PORT: String(port) } : {}) });
    expect(config.production).toBe(true);
    expect(config.RELAY_ROLE).toBe(file.includes('worker') ? 'worker' : 'api');
    expect(config.RELAY_ROLE === 'worker' ? config.WORKER_PORT : config.PORT).toBe(port);
    expect(config.TRUST_PROXY).toBe(config.RELAY_ROLE === 'api');
    expect(probes).not.toEqual([]);
    for (const probe of probes) {
      expect(probe.startsWith(`localhost:${port}/`)).toBe(true);
      expect([probe, isOpen(probe.slice(probe.indexOf('/')))]).toEqual([probe, true]);
    }
  });
});

it('ECS lets a task stop for longer than Relay takes', async () => {
  for (const name of ['api', 'worker']) {
    const text = await readFile(`deploy/aws/task-${name}.json`, 'utf8');
    const { env } = await readTaskDefinition(`deploy/aws/task-${name}.json`);
    const config = readConfig({ ...IMAGE, ...SECRETS, ...env });
    const stopMs = Number(/"stopTimeout": (\d+)/.exec(text)?.[1]) * 1000;
    const neededMs = name === 'api' ? config.SHUTDOWN_DELAY_MS + 60_000 : config.SHUTDOWN_GRACE_MS + 10_000;
    expect(stopMs).toBeGreaterThan(neededMs);
    // Fargate takes no more.
    expect(stopMs).toBeLessThanOrEqual(120_000);
  }
});

it('app.json asks Heroku for what Relay starts with, and names the processes of the Procfile', async () => {
  const app = JSON.parse(await readFile('app.json', 'utf8')) as {
    env: Record<string, { value?: string }>;
    formation: Record<string, unknown>;
  };
  expect(Object.keys(app.env).filter((name) => !isRead(name))).toEqual([]);
  const values = Object.entries(app.env).flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value]]));
  const config = readConfig({ ...SECRETS, ...(Object.fromEntries(values) as Record<string, string>) });
  expect(config).toMatchObject({ production: true, TRUST_PROXY: true });
  // Heroku kills 30 s after SIGTERM; attempts are broken off 10 s after their grace.
  expect(config.SHUTDOWN_GRACE_MS + 10_000).toBeLessThan(30_000);
  const processes = [...(await readFile('Procfile', 'utf8')).matchAll(/^(\w+):/gm)].map(([, name]) => name);
  expect(processes).toEqual(['release', ...Object.keys(app.formation)]);
});

describe('deploy/systemd', async () => {
  const directory = 'deploy/systemd';
  const units = (await readdir(directory)).filter((name) => name.endsWith('.service'));

  it.each(['api', 'worker'] as const)(
    'starts %s in production, on the port that its instance is called by',
    async (role) => {
      const unit = await readFile(join(directory, `relay-${role}@.service`), 'utf8');
      const file = await readFile(join(directory, 'relay.env.example'), 'utf8');
      const lines = file.split('\n').filter((line) => line && !line.startsWith('#'));
      const env = {
        ...(await unitEnvironment(`relay-${role}`, 5001)),
        ...Object.fromEntries(
          lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
        ),
      };
      expect(Object.keys(env).filter((name) => !isRead(name))).toEqual([]);
      // The example's secrets only show where they belong.
      expect(() => readConfig(env)).toThrow(/ADMIN_API_KEY must not be a placeholder(.|\n)*SECRETS_KEY/);
      const config = readConfig({ ...env, ...SECRETS });
      expect(config).toMatchObject({ production: true, RELAY_ROLE: role, HOST: '127.0.0.1' });
      expect(role === 'worker' ? config.WORKER_PORT : config.PORT).toBe(5001);
      const stopMs = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) * 1000;
      const neededMs = role === 'api' ? config.SHUTDOWN_DELAY_MS + 60_000 : config.SHUTDOWN_GRACE_MS + 10_000;
      expect(stopMs).toBeGreaterThan(neededMs);
    },
  );

  it('lets an API process end no sooner than Nginx asks again for one that was away', async () => {
    const { SHUTDOWN_DELAY_MS } = await unitEnvironment('relay-api', 5001);
    const nginx = await readFile('deploy/nginx/relay.conf', 'utf8');
    const timeouts = [...nginx.matchAll(/fail_timeout=(\d+)s/g)].map(([, seconds]) => Number(seconds));
    expect(timeouts).toHaveLength(2);
    // Nginx counts in whole seconds, so that one more may pass.
    for (const seconds of timeouts) expect(Number(SHUTDOWN_DELAY_MS)).toBeGreaterThanOrEqual((seconds + 1) * 1000);
  });

  it.skipIf(!findProgram('systemd-analyze'))(
    'has units that systemd takes without a word (skipped where systemd-analyze is not installed)',
    async () => {
      const copies = await mkdtemp(join(tmpdir(), 'relay-units-'));
      await cp(directory, copies, { recursive: true });
      for (const unit of units) {
        // systemd looks whether the program is there; Node may be elsewhere on this machine.
        const text = await readFile(join(copies, unit), 'utf8');
        await writeFile(join(copies, unit), text.replace('/usr/bin/node', process.execPath));
      }
      const instances = units.map((unit) => join(copies, unit.replace('@.', '@5001.')));
      const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', ...instances]);
      expect(
        `${stdout}${stderr}`.split('\n').filter((line) => line.includes(copies) || line.includes('relay-')),
      ).toEqual([]);
      await rm(copies, { recursive: true });
    },
  );
});

it.each([
  'docker-compose.yml',
  'app.json',
  'deploy/kubernetes/secret.example.yaml',
  'deploy/systemd/relay.env.example',
  ...['api', 'worker'].flatMap((name) => [`deploy/aws/task-${name}.json`, `deploy/cloud-run/${name}.yaml`]),
])('%s has a place for the key before, while SECRETS_KEY is replaced', async (file) => {
  const names = (await readFile(file, 'utf8')).match(/\bSECRETS_KEY\w*/g);
  expect(new Set(names)).toEqual(new Set(['SECRETS_KEY', PREVIOUS]));
});
