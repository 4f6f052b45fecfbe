import { makeTelemetryFilterString, Runtime, type LogLevel } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import type { Logger } from '../ops/logger.ts';
import { findFreePorts, LOOPBACK } from '../ops/freePorts.ts';

/** Every worker state change is "info" to the SDK; to an operator it is detail. */
const LEVELS: Record<LogLevel, string> = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
};

const METRICS_PATIENCE_MS = 2000;
/** Where the SDK's core offers its metrics; one for the process, as the SDK itself is. */
let metricsAddress: string | null = null;

/**
 * Sets up the SDK once per process: it logs through Relay's logger and leaves signals alone, since the process shuts
 * its parts down in its own order. Its core offers its metrics by HTTP only, so a loopback port is taken for them.
 */
export async function installTemporalRuntime(logger: Logger): Promise<void> {
  const [port = 0] = await findFreePorts(1);
  metricsAddress = `${LOOPBACK}:${port}`;
  const log = (level: LogLevel, message: string, meta?: object): void => {
    const shown = isFailedAttempt(message, meta) ? 'debug' : LEVELS[level];
    // Winston makes a line into text before it looks at its level, and the SDK has a dozen long ones for each delivery.
    if (logger.isLevelEnabled(shown)) logger.log(shown, message, { ...meta, component: 'temporal' });
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
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      metrics: {
        attachServiceName: false,
        prometheus: {
          bindAddress: metricsAddress,
          countersTotalSuffix: true,
          unitSuffix: true,
          useSecondsForDurations: true,
        },
      },
    },
  });
}

/** The SDK's own metrics (`temporal_…`) in Prometheus' text format; nothing before it is installed. */
export async function temporalMetrics(): Promise<string> {
  if (metricsAddress === null) return '';
  const response = await fetch(`http://${metricsAddress}/metrics`, {
    signal: AbortSignal.timeout(METRICS_PATIENCE_MS),
  });
  return response.text();
}

/** A receiver that fails is no trouble of ours; its attempts are recorded and shown with their delivery. */
function isFailedAttempt(message: string, meta: object | undefined): boolean {
  return (
    message === 'Activity failed' && meta !== undefined && 'error' in meta && meta.error instanceof ApplicationFailure
  );
}
