import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { CONFIG_VARIABLES } from '../ops/config.ts';
import { createProgram } from '../cli/program.ts';
import { markdownFiles, readMarkdown } from '../tests/support/markdown.ts';

/** Variables that others than Relay read: Temporal's client, OpenTelemetry, Compose, Go, Node, PostgreSQL's tools, the tests. */
const OTHERS =
  /^(TEMPORAL_(ADDRESS|NAMESPACE|API_KEY|CONFIG_FILE|PROFILE|TLS\w*)|OTEL_\w+|POSTGRES_PASSWORD|NODE_(EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED)|HTTPS_PROXY|NO_PROXY|PGSSLMODE|CGO_ENABLED|CHROMIUM_PATH|FAULTS_\w+|FUZZ_\w+|CLOSING_SECONDS|SENTRY_DSN|RELAY_SECRET|NPM_TOKEN)$/;
/** Not variables of the environment: psql's. */
const NO_VARIABLES = ['ON_ERROR_STOP'];
/** Read for their own sake by what is not Relay's to describe. */
const UNSPOKEN = [
  'PATH',
  'HOME',
  'NO_COLOR',
  'XDG_CACHE_HOME',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'MANUAL_RETRY_WINDOW_MS',
];
/** What they said was true when it was written. */
const HISTORY = 'CHANGELOG.md';

const files = await markdownFiles();
const pages = new Map(await Promise.all(files.map(async (file) => [file, await readMarkdown(file)] as const)));
const read = await variablesRead();
const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> };
const commands = createProgram().commands.map((command) => command.name());

it('the guides are those of the original, and what else a reader looks for', () => {
  const names = 'README.md CONTRIBUTING.md CHANGELOG.md docs/QUICKSTART.md docs/API.md docs/ARCHITECTURE.md';
  const more =
    'docs/CLI.md docs/CONTRACT.md docs/RELEASING.md docs/DEPLOYMENT.md docs/OPERATIONS.md docs/SECURITY.md docs/UPGRADING.md docs/RELIABILITY.md';
  expect(files).toEqual(expect.arrayContaining([...names.split(' '), ...more.split(' ')]));
  const linked = pages.get('README.md')?.links ?? [];
  const guides = files.filter((file) => /^docs\/[A-Z]+\.md$/.test(file));
  expect(guides.filter((file) => !linked.includes(file))).toEqual([]);
});

describe.each(files)('%s', (file) => {
  const page = pages.get(file)!;

  it('links to pages and headings that are there', () => {
    const isThere = (link: string): boolean => {
      if (/^(https?:|mailto:)/.test(link)) return URL.canParse(link);
      const [path = '', anchor] = decodeURI(link).split('#');
      const target = path === '' ? file : normalize(join(dirname(file), path));
      if (!existsSync(target)) return false;
      return anchor === undefined || (pages.get(target)?.anchors.includes(anchor) ?? false);
    };
    expect(page.links.filter((link) => !isThere(link))).toEqual([]);
  });

  it('has blocks of code that their language can read', () => {
    const wrong = page.blocks.flatMap(({ language, code }) => {
      const problem = problemOf(language, code);
      return problem ? [{ language, code, problem }] : [];
    });
    expect(wrong).toEqual([]);
  });
});

describe.each(files.filter((file) => file !== HISTORY))('%s', (file) => {
  const { text, code } = pages.get(file)!;

  it('names files that are there', () => {
    const paths = found(
      [text],
      /(?<![\w/.-])((?:\.ci|activities|api|bench|bin|cli|client|contract|deploy|docs|embedded|ops|process|receiver|scripts|store|temporal|tests|web|workflows)\/[\w./-]*\w)/g,
    );
    const built = found([text], /\bdist\/([\w/]+)\.js/g).map((path) => `${path}.ts`);
    expect([...paths, ...built].filter((path) => !existsSync(path))).toEqual([]);
  });

  it('names variables that are read', () => {
    const variables = found(code, /(?<![\w-])([A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9])\b/g);
    const known = (name: string) => read.has(name) || OTHERS.test(name) || NO_VARIABLES.includes(name);
    expect(variables.filter((name) => !known(name))).toEqual([]);
  });

  it('names commands that there are', () => {
    expect(found([text], /npm run ([\w:]+)/g).filter((name) => !scripts[name])).toEqual([]);
    const named = found(code, /(?:^|\n|npx )relay ([a-z]+)/g);
    expect(named.filter((name) => !commands.includes(name))).toEqual([]);
  });
});

it('comments cite sections of docs/CONTRACT.md that are there', () => {
  const sections = found([pages.get('docs/CONTRACT.md')?.text ?? ''], /^## (\d+)\./gm);
  const { stdout } = spawnSync('git', ['grep', '-hoE', 'CONTRACT\\.md §[0-9]+(, §[0-9]+)*'], { encoding: 'utf8' });
  const cited = [...new Set(found([stdout], /§(\d+)/g))];
  expect(cited).not.toEqual([]);
  expect(cited.filter((section) => !sections.includes(section))).toEqual([]);
});

it('docs/SECURITY.md names for each threat a test that there is', async () => {
  const rows = (pages.get('docs/SECURITY.md')?.rows ?? []).map(([, , test = '']) => test);
  expect(rows.length).toBeGreaterThan(30);
  const missing = await Promise.all(
    rows.map(async (cell) => {
      const [, file = '', name] = /^`([\w/.]+\.test\.ts)::([^`]+)`$/.exec(cell) ?? [];
      const source = existsSync(file) ? await readFile(file, 'utf8') : '';
      return name && ["'", '`', '"'].some((quote) => source.includes(`${quote}${name}`)) ? [] : [cell];
    }),
  );
  expect(missing.flat()).toEqual([]);
});

it('README.md’s table of settings has every variable that is read, and no other', () => {
  const rows = pages.get('README.md')?.rows ?? [];
  const named = found(
    rows.map(([first = '']) => first),
    /`([A-Z][A-Z0-9_]*\*?)`/g,
  );
  const covers = (name: string) =>
    named.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : one === name));
  expect([...read].filter((name) => !UNSPOKEN.includes(name) && !covers(name))).toEqual([]);
  expect(named.filter((name) => !name.endsWith('*') && !read.has(name) && !OTHERS.test(name))).toEqual([]);
});

function found(texts: string[], pattern: RegExp): string[] {
  return texts.flatMap((text) => [...text.matchAll(pattern)].map(([, match]) => match ?? ''));
}

/** The variables that Relay, `npm start` and the command line read, by their sources. */
async function variablesRead(): Promise<Set<string>> {
  const directories = ['activities', 'api', 'cli', 'embedded', 'ops', 'process', 'store', 'temporal'];
  const names = await Promise.all(
    directories.map(async (directory) => {
      const sources = (await readdir(directory, { recursive: true })).filter((name) => /(?<!\.test)\.ts$/.test(name));
      return sources.map((name) => join(directory, name));
    }),
  );
  const texts = await Promise.all(names.flat().map((name) => readFile(name, 'utf8')));
  const used = found(texts, /\b(?:env|given)(?:\.|\[')([A-Z][A-Z0-9_]+)\b/g);
  const taken = found(texts, /\{([^{}]*)\}(?: = process\.env|: NodeJS\.ProcessEnv)/g).flatMap(
    (names) => names.match(/\w+/g) ?? [],
  );
  return new Set([...CONFIG_VARIABLES, ...used, ...taken, ...found(texts, /\bport\(env, '([A-Z_]+)'/g)]);
}

/** What keeps a block from being read; null when nothing does. */
function problemOf(language: string, code: string): string | null {
  switch (language) {
    case '':
      return null;
    case 'sh':
      return refusalOf('bash', ['-n'], code);
    case 'python':
      return refusalOf('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], code);
    case 'go':
      return refusalOf('gofmt', ['-e'], code);
    case 'json':
      return messageOf(() => JSON.parse(code));
    case 'yaml':
      return parseDocument(code).errors[0]?.message ?? null;
    case 'js':
    case 'ts': {
      const { diagnostics = [] } = ts.transpileModule(code, {
        reportDiagnostics: true,
        compilerOptions: { allowJs: true },
      });
      return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')).join('; ') || null;
    }
    case 'mermaid':
      return /^(flowchart (LR|TB)|stateDiagram-v2|sequenceDiagram|erDiagram)\n/.test(code)
        ? null
        : 'an unknown kind of diagram';
    default:
      return `nothing here reads ${language}`;
  }
}

/** What a language's own reader says against it; null where it is not installed. */
function refusalOf(program: string, args: string[], input: string): string | null {
  const { status, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8' });
  return error || status === 0 ? null : stderr;
}

function messageOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return String(error);
  }
}
