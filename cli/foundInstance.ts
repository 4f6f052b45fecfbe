import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Instance } from './start/instance.ts';

/**
 * What the Relay of this checkout has noted of itself: in RELAY_DATA_DIR, else in `.relay` here or in a directory above. Null when none
 * runs, or none that this user could stop.
 */
export function findInstance(env: NodeJS.ProcessEnv, from: string = process.cwd()): Instance | null {
  if (env['RELAY_DATA_DIR']) return readRunning(resolve(env['RELAY_DATA_DIR']));
  for (let directory = from; ; directory = dirname(directory)) {
    const instance = readRunning(join(directory, '.relay'));
    if (instance || directory === dirname(directory)) return instance;
  }
}

function readRunning(dataDir: string): Instance | null {
  try {
    const instance = JSON.parse(readFileSync(join(dataDir, 'instance.json'), 'utf8')) as Instance;
    process.kill(instance.pid, 0);
    return instance;
  } catch {
    return null;
  }
}
