import knex from 'knex';

/** SQLSTATE classes and codes that say "the database cannot serve this now", not "this request is wrong". */
const UNAVAILABLE_STATES = /^(08|53|57|40)|^(25006|55P03)$/;
const UNAVAILABLE_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
const UNAVAILABLE_MESSAGES =
  /Connection terminated|timeout expired|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|aborted/i;

/** The SQLSTATE of an error that came from Postgres, through pg, Knex or Objection. */
export function sqlState(error: unknown): string | undefined {
  const code = codeOf(error) ?? codeOf(causeOf(error));
  return code && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether the error means that the database is away, starting, stopping or out of connections. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof knex.KnexTimeoutError) return true;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable);
  const code = codeOf(error);
  if (code && (UNAVAILABLE_STATES.test(code) || UNAVAILABLE_SYSTEM_CODES.has(code))) return true;
  if (isMissingSocket(error)) return true;
  if (error instanceof Error && UNAVAILABLE_MESSAGES.test(error.message)) return true;
  const cause = causeOf(error);
  return cause !== undefined && isDatabaseUnavailable(cause);
}

/** A server that stopped in order takes its Unix socket away. */
function isMissingSocket(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' && error instanceof Error && 'syscall' in error && error.syscall === 'connect';
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** Objection wraps the driver's error as `nativeError`. */
function causeOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('nativeError' in error) return error.nativeError;
  return 'cause' in error ? error.cause : undefined;
}
