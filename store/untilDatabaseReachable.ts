import type { Logger } from '../ops/logger.ts';
import { untilReachable } from '../ops/untilReachable.ts';
import { isDatabaseUnavailable } from './errors.ts';

/** Connects to PostgreSQL at the start of a process; see {@link untilReachable}. */
export function untilDatabaseReachable<T>(connect: () => Promise<T>, logger: Logger): Promise<T> {
  return untilReachable({ name: 'PostgreSQL', connect, isPassing: isDatabaseUnavailable }, logger);
}
