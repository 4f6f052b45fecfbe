import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

it.each(['Procfile', 'docker-compose.yml', 'deploy/Dockerfile', 'deploy/kubernetes/migrate.yaml'])(
  '%s starts what a build makes',
  async (file) => {
    const text = await readFile(file, 'utf8');
    const sources = [...text.matchAll(/\bdist\/([\w/]+)\.js/g)].map(([, path]) => `${path}.ts`);
    expect(sources).not.toEqual([]);
    expect(sources.filter((path) => !existsSync(path))).toEqual([]);
  },
);
