import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { SCOPE_MEANINGS } from './scopes.ts';

it('docs/API.md says of each scope what the dashboard says', async () => {
  const guide = await readFile(new URL('../docs/API.md', import.meta.url), 'utf8');
  for (const [scope, meaning] of Object.entries(SCOPE_MEANINGS))
    expect(guide).toContain(`| \`${scope}\` | ${meaning} |`);
});
