import { createContext, Script } from 'node:vm';

const sandbox = createContext({ act: undefined });
const call = new Script('act()');

/** The function took longer than it may. */
export class TooSlowError extends Error {
  override name = 'TooSlowError';
}

/**
 * Runs a synchronous function and breaks it off when it takes too long; what it was changing is then half changed.
 * Costs about 0.1 ms.
 * @param ms wall-clock time, so leave room for a busy machine.
 * @throws TooSlowError, and what `act` throws.
 */
export function runWithTimeout<T>(ms: number, act: () => T): T {
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
