import { readFile } from 'node:fs/promises';

/** What a unit in deploy/systemd sets for the process of an instance. */
export async function unitEnvironment(
  unit: 'relay-api' | 'relay-worker',
  instance: number,
): Promise<NodeJS.ProcessEnv> {
  const file = new URL(`../../deploy/systemd/${unit}@.service`, import.meta.url);
  const [, line] = /^Environment=(.*)$/m.exec(await readFile(file, 'utf8')) ?? [];
  if (!line) throw new Error(`${unit} sets nothing`);
  const settings = line.split(' ').map((one) => one.replace('%i', String(instance)).split('='));
  return Object.fromEntries(settings as [name: string, value: string][]);
}
