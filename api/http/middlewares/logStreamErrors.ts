import type { Logger } from '../../../ops/logger.ts';

/** Errors of a caller that left before the end; nothing is wrong here. */
const GONE = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']);

/** Logs errors after an answer has begun, when its status can no longer tell of them. */
export function logStreamErrors(logger: Logger): (error: Error & { code?: unknown }) => void {
  return (error) => {
    const gone = typeof error.code === 'string' && (GONE.has(error.code) || error.code.startsWith('HPE_'));
    logger.log(gone ? 'debug' : 'error', 'An answer broke off', { error });
  };
}
