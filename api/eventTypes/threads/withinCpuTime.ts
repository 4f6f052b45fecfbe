import { readFileSync } from 'node:fs';
import { createContext, Script } from 'node:vm';

const sandbox = createContext({ act: undefined });
const call = new Script('act()');
/** A busy machine may give a thread so many times less of its time than has passed before that counts as the thread's own. */
const MOST_STRETCHED = 64;
/** The watch over the time is never exact. */
const NEARLY = 0.9;

/** The function took longer than it may. */
export class TooSlowError extends Error {
  override name = 'TooSlowError';
}

/**
 * Runs a synchronous function and breaks it off when it has used more than its time, the thread's own CPU time: how long
 * that takes on a busy machine does not matter. Where the machine tells no CPU time of a thread, it is the time that passes.
 * What was broken off is half changed; when it had not used up its time it is made and run again, with twice the patience.
 * Blocks its thread, and costs about 0.1 ms.
 * @param ms of CPU.
 * @param make gives the function to run; what that takes is not counted.
 * @throws TooSlowError, and what the function throws.
 */
export function withinCpuTime<T>(ms: number, make: () => () => T, cpuMs = threadCpuMs): T {
  for (let patience = ms; ; patience *= 2) {
    const act = make();
    const began = cpuMs();
    try {
      return runWithin(patience, act);
    } catch (error) {
      if (!(error instanceof TooSlowError)) throw error;
      if (patience >= ms * MOST_STRETCHED || cpuMs() - began >= ms * NEARLY) throw error;
    }
  }
}

/** Since Node 23.9; before, Linux tells it by a file. */
const { threadCpuUsage } = process as { threadCpuUsage?: () => { user: number; system: number } };

function threadCpuMs(): number {
  if (threadCpuUsage) {
    const { user, system } = threadCpuUsage.call(process);
    return (user + system) / 1000;
  }
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

function runWithin<T>(ms: number, act: () => T): T {
  const outcome: { result?: T } = {};
  sandbox['act'] = () => {
    outcome.result = act();
  };
  try {
    call.runInContext(sandbox, { timeout: ms });
  } catch (error) {
    if (isTimeout(error)) throw new TooSlowError(`It took longer than ${ms} ms`);
    throw error;
  } finally {
    sandbox['act'] = undefined;
  }
  if (!('result' in outcome)) throw new Error('It ended without a result');
  return outcome.result as T;
}

/** Not by `instanceof`: the error is one of the sandbox's. */
function isTimeout(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
