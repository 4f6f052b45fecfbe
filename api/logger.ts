import winston from 'winston';

export type Logger = winston.Logger;

/** One JSON object a line on standard output, with whatever ids the caller adds (`requestId`, `eventId`, `deliveryId`, `workflowId`). */
export function createLogger(level: string): Logger {
  const { combine, timestamp, errors, json } = winston.format;
  return winston.createLogger({
    level,
    format: combine(timestamp(), errors({ stack: true }), json()),
    transports: [new winston.transports.Console()],
  });
}
