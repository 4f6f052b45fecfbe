import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_VARIABLES } from '../api/config.ts';

const GUIDES = [
  'README.md',
  'docs/DEPLOYMENT.md',
  'docs/UPGRADING.md',
  'docs/OPERATIONS.md',
  'docs/SECURITY.md',
  'docs/CLI.md',
];
/** Variables that others than Relay's own configuration read: `npm start`, tests, Compose, Node, PostgreSQL's driver. */
const OTHERS =
  /^(TEMPORAL_\w+|POSTGRES_(PORT|PASSWORD)|RELAY_(DATA_DIR|URL|API_KEY)|CHROMIUM_PATH|OTEL_\w+|FAULTS_\w+|NODE_EXTRA_CA_CERTS|PGSSLMODE)$/;

const found = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, match]) => match ?? '');

describe.each(GUIDES)('%s', (file) => {
  it('links to what is there', async () => {
    const links = found(await readFile(file, 'utf8'), /\]\((?!https?:)([^)#]+)/g);
    expect(links.filter((link) => !existsSync(join(dirname(file), link)))).toEqual([]);
  });

  it('names files that are there', async () => {
    const paths = found(await readFile(file, 'utf8'), /(?<![\w/])((?:deploy|tests|workflows|docs|api)\/[\w./-]*\w)/g);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('names variables that are read', async () => {
    const variables = found(await readFile(file, 'utf8'), /`([A-Z][A-Z]+_[A-Z_]+)\b/g);
    expect(variables.filter((name) => !CONFIG_VARIABLES.includes(name) && !OTHERS.test(name))).toEqual([]);
  });

  it('names commands that there are', async () => {
    const text = await readFile(file, 'utf8');
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> };
    const missing = found(text, /npm run ([\w:]+)/g).filter((name) => !scripts[name]);
    expect([...missing, ...missingSources(text)]).toEqual([]);
  });
});

it.each(['Procfile', 'docker-compose.yml', 'deploy/Dockerfile', 'deploy/kubernetes/migrate.yaml'])(
  '%s starts what a build makes',
  async (file) => {
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(/dist\/\S+\.js/);
    expect(missingSources(text)).toEqual([]);
  },
);

/** Built programs that a text names and that have no source. */
function missingSources(text: string): string[] {
  return found(text, /\bdist\/([\w/]+)\.js/g).filter((path) => !existsSync(`${path}.ts`));
}
