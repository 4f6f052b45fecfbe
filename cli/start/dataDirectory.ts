import { access, constants, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';

const REASONS: Record<string, string> = {
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of it is a file',
  EACCES: 'it cannot be written to',
  EPERM: 'it cannot be written to',
  EROFS: 'it is on a file system that cannot be written to',
};

/** Where `npm start` keeps its data. */
export function dataDirectory(env: NodeJS.ProcessEnv): string {
  return resolve(env['RELAY_DATA_DIR'] || '.relay');
}

/**
 * Makes the directory that `npm start` keeps its data in.
 * @throws when it cannot be used, naming the variable that chooses another.
 */
export async function makeDataDirectory(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const reason = REASONS[code] ?? message;
    throw new Error(
      `The data directory ${dataDir} cannot be used: ${reason}. Choose another with RELAY_DATA_DIR=<directory>, or mend that.`,
      { cause: error },
    );
  }
}
