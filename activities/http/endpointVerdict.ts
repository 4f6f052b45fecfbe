import { ENDPOINT_ERROR_CODES, ENDPOINT_STATUSES } from '../../contract/endpointFailures.ts';
import type { EndpointVerdict } from '../ports.ts';
import type { Classification } from './classify.ts';

/**
 * What an attempt says of the endpoint (docs/CONTRACT.md §9). Other 4xx and 3xx are about what was sent, or about the
 * subscription: they count neither for nor against it, as does what was not sent at all.
 */
export function endpointVerdict(verdict: Classification, httpStatus: number | null): EndpointVerdict {
  if (verdict.kind === 'delivered') return 'well';
  if (verdict.kind !== 'retryable') return null;
  const { code } = verdict.error;
  if (ENDPOINT_ERROR_CODES.some((ill) => ill === code)) return 'ill';
  if (code !== 'http_status' || httpStatus === null) return null;
  return httpStatus >= 500 || ENDPOINT_STATUSES.some((ill) => ill === httpStatus) ? 'ill' : null;
}
