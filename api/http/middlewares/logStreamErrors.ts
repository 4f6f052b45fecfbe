import type { Logger } from '../../../ops/logger.ts';

/** What callers do by going away in the middle; nothing is wrong here then. */
const GONE = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']);

/** Logs what went wrong after an answer had begun, which no answer can tell any more. */
export function logStreamErrors(logger: Logger): (error: Error & { code?: unknown }) => void {
  return (error) => {
    const gone = typeof error.code === 'string' && (GONE.has(error.code) || error.code.startsWith('HPE_'));
    logger.log(gone ? 'debug' : 'error', 'An answer broke off', { error });
  };
}
