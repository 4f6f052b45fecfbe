import { ConfigError } from '../ops/config.ts';
import { connectionAdvice } from '../store/connectionAdvice.ts';

/** Why a process cannot start, and what to do about it. */
export interface StartFailure {
  message: string;
  /** One line each: what is wrong, or what to do. */
  details: string[];
}

export function describeStartFailure(error: unknown): StartFailure {
  if (error instanceof ConfigError) return { message: 'The configuration cannot be used', details: error.problems };
  const advice = connectionAdvice(error);
  const message = error instanceof Error ? error.message : String(error);
  return { message: advice ? `PostgreSQL cannot be used: ${message}` : message, details: advice ? [advice] : [] };
}

/** For a terminal: readable lines. */
export function toLines({ message, details }: StartFailure): string {
  return [
    `Relay cannot start. ${message}${details.length > 0 ? ':' : ''}`,
    ...details.map((line) => `  - ${line}`),
  ].join('\n');
}

/** For what collects logs: one line of JSON. */
export function toLogLine({ message, details }: StartFailure): string {
  const timestamp = new Date().toISOString();
  return JSON.stringify({ level: 'fatal', message: `Relay cannot start. ${message}`, details, timestamp });
}
