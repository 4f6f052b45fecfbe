import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where system packages put servers, which a plain user's PATH may leave out. */
const SYSTEM_DIRECTORIES = ['/usr/sbin', '/usr/local/sbin'];

/** The path of an installed program; null when it is not installed. */
export function findProgram(name: string): string | null {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_DIRECTORIES];
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path)) ?? null;
}
