import type { Attempt } from '#contract/deliveries.ts';

/** What the endpoint did, by the error's code; what a code leaves open is told by its message. */
const DEEDS: Record<string, string> = {
  connect_refused: 'refused the connection',
  connect_timeout: 'could not be reached in time',
  dns: 'could not be found by its name',
  tls: 'could not be talked to by TLS',
  timeout: 'did not answer in time',
  reset: 'broke the connection off',
  invalid_response: 'answered with something that is not HTTP',
  network: 'could not be reached',
  target_not_allowed: 'has an address that Relay may not send to',
  auth: 'could not be sent to without a token',
};

/** What helps with a cause, by the answer's status; by the class of it where nothing is said of it alone. */
const BY_STATUS: Record<string, string> = {
  400: 'The receiver does not take this payload: until it does, sending it again changes nothing.',
  401: 'The receiver does not know who sends: compare its secret or credentials with the webhook’s; one may have been replaced.',
  403: 'The receiver refuses the sender: compare its secret or credentials with the webhook’s, and see whether it lets Relay’s address in.',
  404: 'The receiver has nothing at this path: compare it with the webhook’s URL.',
  405: 'The receiver takes no POST at this path: compare it with the webhook’s URL.',
  408: 'The receiver gave up on the request: it may be overloaded.',
  410: 'The receiver says that it is gone for good, so its webhook was disabled.',
  413: 'The body is too large for the receiver, or for what stands before it.',
  422: 'The receiver does not take this payload: until it does, sending it again changes nothing.',
  429: 'The receiver wants fewer requests: give its webhook a pace.',
  '3xx': 'Redirects are not followed: change the webhook’s URL to where it leads.',
  '4xx': 'The receiver refuses the request; its answer below may say why.',
  '5xx': 'The receiver failed while it worked on it: its own log of that time tells why.',
};

const BY_CODE: Record<string, string> = {
  connect_refused:
    'Nothing listens there: see whether the receiver runs, and whether the port of the webhook’s URL is its own.',
  connect_timeout: 'Something between may drop what Relay sends, a firewall above all.',
  dns: 'See whether the webhook’s URL names the right host, and whether its name is known outside.',
  tls: 'See what the certificate is for, until when, and who issued it; a private authority can be given with the webhook.',
  timeout: 'A receiver should answer first and work afterwards; the webhook’s time-out can also be made longer.',
  reset: 'The receiver, or a proxy before it, may have been restarted or overloaded.',
  invalid_response: 'Something other than a web server may listen at that port.',
  target_not_allowed: 'Relay does not send into private networks unless the installation allows that address.',
  auth: 'See whether the webhook’s token URL, client and secret are still right.',
};

type Answer = Pick<Attempt, 'httpStatus' | 'error'>;

/** "answered HTTP 500", "refused the connection": what an endpoint did in a failed attempt. */
export function deedOf({ httpStatus, error }: Answer): string {
  if (error === null) return `answered HTTP ${httpStatus ?? '?'}`;
  if (httpStatus !== null && ['http_status', 'redirect'].includes(error.code)) return `answered HTTP ${httpStatus}`;
  return DEEDS[error.code] ?? `failed (${error.message})`;
}

/** What to do about it; null where nothing general can be said. */
export function adviceFor({ httpStatus, error }: Answer): string | null {
  if (error === null) return null;
  if (httpStatus !== null && ['http_status', 'redirect'].includes(error.code))
    return BY_STATUS[httpStatus] ?? BY_STATUS[`${Math.floor(httpStatus / 100)}xx`] ?? null;
  return BY_CODE[error.code] ?? null;
}

/** "once", "twice", "4 times". */
function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}

/** Of a long row of different failures so many are told, the latest. */
const MOST_TOLD = 3;

/** "answered HTTP 500 twice, then refused the connection 4 times": the failed attempts in their order, alike ones together. */
export function failuresInWords(attempts: readonly Answer[]): string {
  const runs: { deed: string; count: number }[] = [];
  for (const attempt of attempts) {
    if (attempt.error === null) continue;
    const deed = deedOf(attempt);
    const last = runs.at(-1);
    if (last?.deed === deed) last.count += 1;
    else runs.push({ deed, count: 1 });
  }
  const told = runs.slice(-MOST_TOLD).map(({ deed, count }) => `${deed} ${times(count)}`);
  return told.join(', then ');
}
