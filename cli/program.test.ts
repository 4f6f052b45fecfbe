import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { VERSION } from '../ops/version.ts';
import { createProgram } from './program.ts';

const GUIDE = 'docs/CLI.md';
const NO_NEED = ['--help', '--json', '--name'];

function optionsOf(command: Command): string[] {
  return [...command.options.map(({ long }) => long ?? ''), ...command.commands.flatMap(optionsOf)];
}

test.each(createProgram().commands.map((command) => [command.name(), command] as const))(
  'the guide has relay %s with each of its options',
  async (name, command) => {
    const guide = await readFile(GUIDE, 'utf8');
    expect(guide).toContain(`relay ${name}`);
    for (const sub of command.commands) expect(guide).toMatch(new RegExp(`relay ${name} (\\S+\\|)?${sub.name()}`));
    expect(optionsOf(command).filter((option) => !NO_NEED.includes(option) && !guide.includes(option))).toEqual([]);
  },
);

test('the guide has no option that there is not', async () => {
  const known = [...optionsOf(createProgram()), '--help'];
  const named = [...(await readFile(GUIDE, 'utf8')).matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option);
  expect(named.filter((option) => !known.includes(option))).toEqual([]);
});

test('relay --version tells the release', async () => {
  const said: string[] = [];
  const program = createProgram().configureOutput({ writeOut: (text) => said.push(text) });
  await expect(program.parseAsync(['--version'], { from: 'user' })).rejects.toMatchObject({ exitCode: 0 });
  expect(said).toEqual([`${VERSION}\n`]);
});
