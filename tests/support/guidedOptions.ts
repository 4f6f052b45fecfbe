import { shellBlocks } from './markdown.ts';

/** The options that docs/OPERATIONS.md tells to give a tool, but for those that name files and databases. */
export async function guidedOptions(tool: 'pg_dump' | 'pg_restore'): Promise<string[]> {
  const commands = (await shellBlocks('docs/OPERATIONS.md')).join('\n');
  const [, line = ''] = new RegExp(`^${tool} (.*)$`, 'm').exec(commands) ?? [];
  const options = line.split(' ').filter((word) => /^--[\w=-]+$/.test(word));
  if (!options.includes('--no-owner')) throw new Error(`docs/OPERATIONS.md has no ${tool} with its options`);
  return options;
}
