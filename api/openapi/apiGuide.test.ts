import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { PROBLEMS } from '../../contract/problem.ts';
import { routes } from '../routes.ts';

const guide = await readFile(new URL('../../docs/API.md', import.meta.url), 'utf8');

it('docs/API.md has every error code with its status and title', () => {
  const rows = [...guide.matchAll(/^\| `(\w+)` \| (\d+) \| ([^|]+) \| [^|]+ \|$/gm)];
  const table = rows.map(([, code = '', status, title]) => [code, { status: Number(status), title }]);
  expect(Object.fromEntries(table)).toEqual(PROBLEMS);
});

it('docs/API.md names no call that is not there', () => {
  const named = [...guide.matchAll(/(GET|POST|PUT|PATCH|DELETE) (\/[\w/:.-]+)/g)].map(([, method, path]) => [
    method,
    path,
  ]);
  const known = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  expect(named.length).toBeGreaterThan(8);
  expect(named.map(([method, path]) => `${method} ${path}`).filter((call) => !known.has(call))).toEqual([]);
});
