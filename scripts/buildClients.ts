import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * `npm run build:clients -- python go`: the clients in other languages, made from docs/openapi.json by their generators, with the
 * function that verifies from docs/verify. Python wants openapi-python-client on the PATH, Go its own tools.
 */
const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OPENAPI = join(ROOT, 'docs/openapi.json');
const OAPI_CODEGEN = 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2';

const BUILDERS: Record<string, () => Promise<unknown>> = { python: buildPython, go: buildGo };

async function buildPython(): Promise<void> {
  const directory = join(ROOT, 'clients/python');
  const output = join(directory, 'relay_hooks');
  const config = ['--config', join(directory, 'generator.yml'), '--meta', 'none', '--overwrite'];
  await run('openapi-python-client', ['generate', '--path', OPENAPI, '--output-path', output, ...config]);
  await writeFile(join(output, 'verify.py'), await readFile(join(ROOT, 'docs/verify/verify.py')));
  await writeFile(join(output, 'py.typed'), '');
}

async function buildGo(): Promise<void> {
  const cwd = join(ROOT, 'clients/go');
  await run('go', ['run', OAPI_CODEGEN, '-config', 'generator.yml', OPENAPI], { cwd });
  const verify = await readFile(join(ROOT, 'docs/verify/verify.go'), 'utf8');
  await writeFile(join(cwd, 'verify.go'), verify.replace('package verify', 'package relayhooks'));
}

for (const language of process.argv.slice(2)) {
  const build = BUILDERS[language];
  if (!build) throw new Error(`${language} is none of ${Object.keys(BUILDERS).join(', ')}`);
  await build();
}
