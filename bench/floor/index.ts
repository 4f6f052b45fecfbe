import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NODE_OPTIONS } from '../../tests/support/relayProcess.ts';

export interface Floor {
  tookMs: number;
  /** Of the worker's process; the servers' is read beside it. */
  cpuMs: number;
}

/** Runs `count` no-op workflows on this Temporal, from a process of their own with Relay's settings of Node. */
export async function runFloor(temporalAddress: string, count: number): Promise<Floor> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const env = { ...process.env, TEMPORAL_ADDRESS: temporalAddress, COUNT: String(count) };
  const { stdout } = await promisify(execFile)(process.execPath, [...NODE_OPTIONS, main], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Floor;
}
