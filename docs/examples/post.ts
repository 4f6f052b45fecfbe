import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 6;
const { RELAY_URL = 'http://localhost:5000', RELAY_API_KEY = '' } = process.env;

/** Posts an event; resolves when Relay has it. @throws when Relay refuses it, or has not answered after all tries. */
export async function post(event: { eventType: string; payload: object; idempotencyKey: string }): Promise<unknown> {
  for (let tried = 1; ; tried++) {
    const response = await fetch(`${RELAY_URL}/api/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': RELAY_API_KEY },
      body: JSON.stringify(event),
      signal: AbortSignal.timeout(10_000),
    }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    if (response instanceof Response && response.ok) return response.json();
    const mayPass =
      response instanceof Error || response.status >= 500 || response.status === 408 || response.status === 429;
    if (!mayPass || tried === TRIES) {
      throw new Error(response instanceof Error ? response.message : await response.text());
    }
    const asked = response instanceof Response ? Number(response.headers.get('retry-after') ?? 0) : 0;
    await sleep(Math.max(asked * 1000, 250 * 2 ** tried * (0.5 + Math.random())));
  }
}

console.log(
  await post({ eventType: 'job.created', payload: { jobId: '123' }, idempotencyKey: process.argv[2] ?? 'job-123' }),
);
