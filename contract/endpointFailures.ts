/** The error codes that show that nobody answers, or not as HTTP has it (docs/CONTRACT.md §9). */
export const ENDPOINT_ERROR_CODES = [
  ...(['dns', 'connect_refused', 'connect_timeout', 'tls', 'timeout', 'reset', 'invalid_response', 'network'] as const),
] as const;

/** What an endpoint that is ill answers to whatever it is sent, below 500. */
export const ENDPOINT_STATUSES = [401, 403, 404, 408, 429] as const;
