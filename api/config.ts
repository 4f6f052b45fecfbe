import { Type, type Static } from 'typebox';
import { Ajv } from 'ajv';

const DAY_MS = 86_400_000;
/** The key that a fresh development relay answers to; refused in production (contract §7). */
export const DEVELOPMENT_API_KEY = 'test-api-key-12345';

/** What a process of Relay does: everything, or a part of it. */
export const ROLES = ['all', 'api', 'worker'] as const;
export type Role = (typeof ROLES)[number];

/** The connections that the pool of a process may have. */
export const DEFAULT_POOL_MAX = 20;

const Environment = Type.Object({
  NODE_ENV: Type.String({ default: 'development' }),
  RELAY_ROLE: Type.Unsafe<Role>({ type: 'string', enum: ROLES, default: 'all' }),
  HOST: Type.String({ default: '0.0.0.0' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 5000 }),
  WORKER_PORT: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
  LOG_LEVEL: Type.Unsafe<'error' | 'warn' | 'info' | 'debug'>({
    type: 'string',
    enum: ['error', 'warn', 'info', 'debug'],
    default: 'info',
  }),
  ERROR_HOOK: Type.Optional(Type.String({ minLength: 1 })),
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://' }),
  DATABASE_LISTEN_URL: Type.Optional(Type.String({ pattern: '^postgres(ql)?://' })),
  DATABASE_POOL_MAX: Type.Integer({ minimum: 2, maximum: 500, default: DEFAULT_POOL_MAX }),
  TEMPORAL_UI_URL: Type.Optional(Type.String({ pattern: '^https?://' })),
  TEMPORAL_TASK_QUEUE: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  ADMIN_API_KEY: Type.Optional(Type.String({ minLength: 16 })),
  SECRETS_KEY: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' })),
  RATE_LIMIT_PER_MINUTE: Type.Integer({ minimum: 0, maximum: 10_000_000, default: 100 }),
  TRUST_PROXY: Type.Boolean({ default: false }),
  TRUST_PROXY_HOPS: Type.Integer({ minimum: 1, maximum: 10, default: 1 }),
  SECRETS_KEY_PREVIOUS: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' })),
  MAX_EVENT_BYTES: Type.Integer({ minimum: 1024, maximum: 4_194_304, default: 262_144 }),
  ALLOWED_TARGET_CIDRS: Type.String({ default: '' }),
  EGRESS_PROXY_URL: Type.Optional(Type.String({ pattern: '^https?://' })),
  MANUAL_RETRY_WINDOW_MS: Type.Integer({ minimum: 0, maximum: 90 * DAY_MS, default: 7 * DAY_MS }),
  RETENTION_DAYS: Type.Integer({ minimum: 1, maximum: 36_500, default: 90 }),
  AUTO_DISABLE_AFTER: Type.Integer({ minimum: 0, default: 20 }),
  SHUTDOWN_DELAY_MS: Type.Integer({ minimum: 0, maximum: 120_000, default: 0 }),
  SHUTDOWN_GRACE_MS: Type.Integer({ minimum: 0, maximum: 600_000, default: 35_000 }),
});

/** The names of all variables that {@link readConfig} reads; `TEMPORAL_*` are read by Temporal's own client. */
export const CONFIG_VARIABLES: readonly string[] = [...Object.keys(Environment.properties), 'MANUAL_RETRY_WINDOW'];

export interface Config extends Omit<
  Static<typeof Environment>,
  'ALLOWED_TARGET_CIDRS' | 'ADMIN_API_KEY' | 'SECRETS_KEY'
> {
  production: boolean;
  ALLOWED_TARGET_CIDRS: string[];
  ADMIN_API_KEY: string;
  /** 32 bytes that secrets are encrypted with at rest. */
  SECRETS_KEY: Buffer;
}

/** The environment cannot be used; the message lists every problem, one a line. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const validate = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: true }).compile<Static<typeof Environment>>(
  Environment,
);

/**
 * Reads the configuration from environment variables; empty ones count as absent.
 * @throws ConfigError that names every variable that is wrong, not just the first.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given: Record<string, string | number> = Object.fromEntries(
    Object.keys(Environment.properties).flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const problems: string[] = [];
  const window = env['MANUAL_RETRY_WINDOW'];
  if (window) {
    const ms = durationMs(window);
    if (ms === null) problems.push('MANUAL_RETRY_WINDOW must be a duration such as 7d, 12h, 30m or 90s');
    else given['MANUAL_RETRY_WINDOW_MS'] = ms;
  }
  const read: unknown = given;
  if (!validate(read)) {
    for (const error of validate.errors ?? []) {
      const name = error.instancePath.slice(1) || String(error.params['missingProperty'] ?? '');
      problems.push(`${name} ${error.keyword === 'required' ? 'is required' : (error.message ?? 'is not valid')}`);
    }
    throw new ConfigError([...problems, ...productionProblems(env)]);
  }
  problems.push(...productionProblems(env));
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    ...read,
    production: read.NODE_ENV === 'production',
    ALLOWED_TARGET_CIDRS: read.ALLOWED_TARGET_CIDRS.split(',')
      .map((cidr) => cidr.trim())
      .filter(Boolean),
    ADMIN_API_KEY: read.ADMIN_API_KEY ?? DEVELOPMENT_API_KEY,
    SECRETS_KEY: read.SECRETS_KEY ? Buffer.from(read.SECRETS_KEY, 'base64') : Buffer.alloc(32, 'relay-development'),
  };
}

function productionProblems({ NODE_ENV, ADMIN_API_KEY, SECRETS_KEY }: NodeJS.ProcessEnv): string[] {
  if (NODE_ENV !== 'production') return [];
  const problems: string[] = [];
  if (!ADMIN_API_KEY) problems.push('ADMIN_API_KEY must be set in production (16 characters or more)');
  if (ADMIN_API_KEY === DEVELOPMENT_API_KEY) problems.push('ADMIN_API_KEY must not be the development key');
  else if (ADMIN_API_KEY && isMonotonous(ADMIN_API_KEY)) {
    problems.push('ADMIN_API_KEY must not repeat so few characters; make it random');
  }
  if (!SECRETS_KEY) problems.push('SECRETS_KEY must be set in production: the base64 of 32 random bytes');
  else if (isMonotonous(Buffer.from(SECRETS_KEY, 'base64'))) {
    problems.push('SECRETS_KEY must not repeat so few bytes; make it random');
  }
  return problems;
}

/** Whether a secret is made of fewer different parts than a random one ever is. */
function isMonotonous(secret: Iterable<unknown>): boolean {
  return new Set(secret).size < 5;
}

const UNITS_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS };

/** `7d`, `12h`, `30m`, `90s` or `500ms` in milliseconds; null when it is none of these. */
export function durationMs(text: string): number | null {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const factor = unit && UNITS_MS[unit];
  return amount && factor ? Number(amount) * factor : null;
}
