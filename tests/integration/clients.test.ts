import { realpathSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { findProgram } from '../support/programs.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

/** A client is generated, compiled and used. */
const SLOW = { timeout: 240_000 };
const KEY = 'test-api-key-12345';

const generator = findProgram('openapi-python-client');
const go = findProgram('go');
const typescript = findProgram('openapi-ts');
let relay: TestRelay;
beforeAll(async () => {
  relay = await startTestRelay();
});

const build = (language: string) => execa('npm', ['run', 'build:clients', '--', language]);

test.skipIf(!generator)(
  'the client for Python posts, and knows what Relay sent (skipped without its generator)',
  SLOW,
  async () => {
    await build('python');
    // What the generator was installed with is what the client needs.
    const python = join(dirname(realpathSync(generator ?? '')), 'python');
    const env = { PYTHONPATH: 'clients/python', PYTHONDONTWRITEBYTECODE: '1' };
    const { stdout } = await execa(python, ['tests/support/clients/drive.py', relay.url, KEY], { env });
    expect(stdout).toBe('done');
  },
);

test.skipIf(!generator)(
  'Python models are made of the OpenAPI file, and take what Relay takes (skipped without their generator)',
  SLOW,
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'relay-models-'));
    const bin = dirname(realpathSync(generator ?? ''));
    const input = ['--input', 'docs/openapi.json', '--input-file-type', 'openapi'];
    const output = ['--output-model-type', 'pydantic_v2.BaseModel', '--output', join(directory, 'models.py')];
    await execa(join(bin, 'datamodel-codegen'), [...input, ...output]);
    const use = `import models; print(models.WebhookInput(name='Ü', url='https://example.com/', eventTypes=['job.*']).name)`;
    const env = { PYTHONPATH: directory, PYTHONDONTWRITEBYTECODE: '1' };
    expect((await execa(join(bin, 'python'), ['-c', use], { env })).stdout).toBe('Ü');
    await rm(directory, { recursive: true });
  },
);

test.skipIf(!go)(
  'the client for Go compiles, posts, and knows what Relay sent (skipped without Go)',
  SLOW,
  async () => {
    await build('go');
    const cwd = 'clients/go';
    await execa('go', ['vet', './...'], { cwd });
    const env = { RELAY_URL: relay.url, RELAY_API_KEY: KEY };
    const { stdout } = await execa('go', ['test', '-count=1', '-v', './...'], { cwd, env });
    expect(stdout).toContain('--- PASS: TestLive');
  },
);

test.skipIf(!typescript)(
  'types and a client for TypeScript are made of the OpenAPI file, compile, and post (skipped without their generators)',
  SLOW,
  async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'relay-typescript-'));
    const bin = dirname(typescript ?? '');
    await execa(join(bin, 'openapi-typescript'), [resolve('docs/openapi.json'), '--output', 'types.ts'], { cwd });
    await execa(join(bin, 'openapi-ts'), ['--input', resolve('docs/openapi.json'), '--output', 'made'], { cwd });
    const config = { module: 'esnext', moduleResolution: 'bundler', target: 'es2022', strict: true, noEmit: true };
    const compilerOptions = { ...config, lib: ['es2022', 'dom', 'dom.iterable'], types: [] };
    await writeFile(join(cwd, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    await writeFile(join(cwd, 'package.json'), '{ "type": "module" }');
    await copyFile('tests/support/clients/drive.ts.txt', join(cwd, 'drive.ts'));
    await execa(join(bin, 'tsc'), ['--project', '.'], { cwd });
    const { stdout } = await execa('npx', ['tsx', join(cwd, 'drive.ts'), relay.url, KEY]);
    expect(stdout).toBe('done');
    await rm(cwd, { recursive: true });
  },
);
