import winston from 'winston';
import type { CaptureException } from './errorHook.ts';

export type Logger = winston.Logger;

/**
 * One JSON object a line on standard output, with whatever ids the caller adds (`requestId`, `traceId`, `eventId`,
 * `deliveryId`, `webhookId`, `workflowId`).
 * @param captureException is told of what is logged as an error; what it throws, or rejects with, is logged as a warning.
 */
export function createLogger(level: string, captureException?: CaptureException): Logger {
  const { combine, timestamp, errors, json } = winston.format;
  const capture = captureException ? [capturing(captureException, (error) => logger.warn(HOOK_FAILED, { error }))] : [];
  const logger = winston.createLogger({
    level,
    format: combine(...capture, timestamp(), errors({ stack: true }), json({ replacer: readable })),
    transports: [new winston.transports.Console()],
  });
  return logger;
}

/** JSON would show an error as `{}`. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  const code: unknown = 'code' in value ? value.code : undefined;
  return { name, message, code, stack, cause };
}

const HOOK_FAILED = 'The error hook failed';

/** Sees each line before it becomes text; changes none. */
function capturing(captureException: CaptureException, onFailure: (error: unknown) => void): winston.Logform.Format {
  return winston.format((line) => {
    if (line.level !== 'error') return line;
    const { level: _level, message, error = new Error(String(message)), ...rest } = line;
    try {
      Promise.resolve(captureException(error, { ...rest, message })).catch(onFailure);
    } catch (failure) {
      queueMicrotask(() => onFailure(failure));
    }
    return line;
  })();
}
