import { makeTelemetryFilterString, Runtime, type LogLevel } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import type { Logger } from '../api/logger.ts';

/** Every worker state change is "info" to the SDK; to an operator it is detail. */
const LEVELS: Record<LogLevel, string> = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
};

/**
 * Sets up the SDK once per process: it logs through Relay's logger and leaves signals alone, since the process shuts
 * its parts down in its own order.
 */
export function installTemporalRuntime(logger: Logger): void {
  const log = (level: LogLevel, message: string, meta?: object): void => {
    logger.log(isFailedAttempt(message, meta) ? 'debug' : LEVELS[level], message, { ...meta, component: 'temporal' });
  };
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log,
      trace: (message, meta) => log('TRACE', message, meta),
      debug: (message, meta) => log('DEBUG', message, meta),
      info: (message, meta) => log('INFO', message, meta),
      warn: (message, meta) => log('WARN', message, meta),
      error: (message, meta) => log('ERROR', message, meta),
    },
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} } },
  });
}

/** A receiver that fails is no trouble of ours; its attempts are recorded and shown with their delivery. */
function isFailedAttempt(message: string, meta: object | undefined): boolean {
  return (
    message === 'Activity failed' && meta !== undefined && 'error' in meta && meta.error instanceof ApplicationFailure
  );
}
