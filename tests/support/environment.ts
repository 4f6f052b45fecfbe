import { randomUUID } from 'node:crypto';

export interface RelayPlace {
  databaseUrl: string;
  temporalAddress: string;
}

/** The environment of a relay under test: a free port, loopback targets allowed, no limits that a test would run into. */
export function relayEnvironment(place: RelayPlace, overrides: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'error',
    DATABASE_URL: place.databaseUrl,
    TEMPORAL_ADDRESS: place.temporalAddress,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_TASK_QUEUE: `relay-${randomUUID()}`,
    ALLOWED_TARGET_CIDRS: '127.0.0.0/8,::1/128',
    RATE_LIMIT_PER_MINUTE: '0',
    MAX_WEBHOOKS_PER_CLIENT: '0',
    SHUTDOWN_GRACE_MS: '2000',
    // Most tests look at single deliveries, which go by their plan.
    HEALTH_FAILURES: '0',
    ...overrides,
  };
}
