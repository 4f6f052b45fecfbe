import { Resolver } from 'node:dns';
import { Type, type Static } from 'typebox';
import { Ajv, type ErrorObject } from 'ajv';
import ipaddr from 'ipaddr.js';
import { DEVELOPMENT_API_KEY } from './developmentKey.ts';
import { openIdProblems, readOpenIdSettings, type OpenIdSettings } from './openIdSettings.ts';

const DAY_MS = 86_400_000;

/** What a process of Relay does: everything, or a part of it. */
export const ROLES = ['all', 'api', 'worker'] as const;
export type Role = (typeof ROLES)[number];

/** The connections that the pool of a process may have. */
export const DEFAULT_POOL_MAX = 20;

const KEY = {
  pattern: '^[A-Za-z0-9+/]{43}=$',
  description: 'the base64 of 32 random bytes, as "openssl rand -base64 32" prints it',
};
const POSTGRES_URL = {
  pattern: '^postgres(ql)?://',
  description: 'a URL that begins with postgres:// or postgresql://',
};
const HTTP_URL = { pattern: '^https?://', description: 'a URL that begins with http:// or https://' };

const SMTP_URL = { pattern: '^smtps?://', description: 'a URL that begins with smtp:// or smtps://' };

const oneOf = <T extends string>(values: readonly T[], options: { default: NoInfer<T> }) =>
  Type.Unsafe<T>({ type: 'string', enum: values, ...options });

const Environment = Type.Object({
  NODE_ENV: oneOf(['development', 'test', 'production'], { default: 'development' }),
  RELAY_ROLE: oneOf(ROLES, { default: 'all' }),
  HOST: Type.Optional(Type.String({ minLength: 1 })),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 5000 }),
  PUBLIC_URL: Type.Optional(Type.String(HTTP_URL)),
  WORKER_PORT: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
  LOG_LEVEL: oneOf(['error', 'warn', 'info', 'debug'], { default: 'info' }),
  ERROR_HOOK: Type.Optional(Type.String({ minLength: 1 })),
  DATABASE_URL: Type.String(POSTGRES_URL),
  DATABASE_LISTEN_URL: Type.Optional(Type.String(POSTGRES_URL)),
  DATABASE_POOL_MAX: Type.Integer({ minimum: 2, maximum: 500, default: DEFAULT_POOL_MAX }),
  TEMPORAL_UI_URL: Type.Optional(Type.String(HTTP_URL)),
  TEMPORAL_TASK_QUEUE: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  ADMIN_API_KEY: Type.Optional(Type.String({ minLength: 16 })),
  SECRETS_KEY: Type.Optional(Type.String(KEY)),
  RATE_LIMIT_PER_MINUTE: Type.Integer({ minimum: 0, maximum: 10_000_000, default: 100 }),
  TRUST_PROXY: Type.Boolean({ default: false }),
  TRUST_PROXY_HOPS: Type.Integer({ minimum: 1, maximum: 10, default: 1 }),
  SECRETS_KEY_PREVIOUS: Type.Optional(Type.String(KEY)),
  OIDC_ISSUER: Type.Optional(Type.String()),
  OIDC_CLIENT_ID: Type.Optional(Type.String()),
  OIDC_CLIENT_SECRET: Type.Optional(Type.String()),
  OIDC_ROLES: Type.Optional(Type.String()),
  OIDC_GROUPS_CLAIM: Type.Optional(Type.String()),
  OIDC_SCOPES: Type.Optional(Type.String()),
  MAX_WEBHOOKS_PER_CLIENT: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 1000 }),
  MAX_EVENT_BYTES: Type.Integer({ minimum: 1024, maximum: 4_194_304, default: 262_144 }),
  ALLOWED_TARGET_CIDRS: Type.String({ default: '' }),
  HTTPS_ONLY: Type.Boolean({ default: false }),
  EGRESS_PROXY_URL: Type.Optional(Type.String(HTTP_URL)),
  NAME_SERVERS: Type.String({ default: '' }),
  MANUAL_RETRY_WINDOW_MS: Type.Integer({ minimum: 0, maximum: 90 * DAY_MS, default: 7 * DAY_MS }),
  RETENTION_DAYS: Type.Integer({ minimum: 1, maximum: 36_500, default: 90 }),
  AUDIT_RETENTION_DAYS: Type.Integer({ minimum: 0, maximum: 36_500, default: 365 }),
  SMTP_URL: Type.Optional(Type.String(SMTP_URL)),
  ALERT_EMAILS: Type.String({ default: '' }),
  MAIL_FROM: Type.String({ minLength: 3, default: 'Relay <relay@localhost>' }),
  HEALTH_FAILURES: Type.Integer({ minimum: 0, maximum: 1000, default: 10 }),
  AUTO_RECOVER: Type.Boolean({ default: true }),
  AUTO_DISABLE_AFTER_HOURS: Type.Number({ minimum: 0, maximum: 87_600, default: 120 }),
  AUTO_DISABLE_AFTER: Type.Optional(Type.Integer({ minimum: 0 })),
  SHUTDOWN_DELAY_MS: Type.Integer({ minimum: 0, maximum: 120_000, default: 0 }),
  SHUTDOWN_GRACE_MS: Type.Integer({ minimum: 0, maximum: 600_000, default: 35_000 }),
});
type Variable = keyof Static<typeof Environment>;
const VARIABLES = Object.keys(Environment.properties) as Variable[];

/** The names of all variables that {@link readConfig} reads; `TEMPORAL_*` are read by Temporal's own client. */
export const CONFIG_VARIABLES: readonly string[] = [...VARIABLES, 'MANUAL_RETRY_WINDOW'];

export interface Config extends Omit<
  Static<typeof Environment>,
  | 'HOST'
  | 'PUBLIC_URL'
  | 'ALERT_EMAILS'
  | 'ALLOWED_TARGET_CIDRS'
  | 'NAME_SERVERS'
  | 'ADMIN_API_KEY'
  | 'SECRETS_KEY'
  | `OIDC_${string}`
> {
  production: boolean;
  /** Where it listens: with the development key, which everybody knows, only on this machine unless told otherwise. */
  HOST: string;
  /** Where people and receivers reach its API and dashboard, without a slash at its end. */
  PUBLIC_URL: string;
  /** Whether PUBLIC_URL was given; else it is a guess. */
  knowsPublicUrl: boolean;
  ALLOWED_TARGET_CIDRS: string[];
  /** Who is written to of everything. */
  ALERT_EMAILS: string[];
  /** Asked for the names of receivers; undefined means those of the machine. */
  NAME_SERVERS: string[] | undefined;
  ADMIN_API_KEY: string;
  /** 32 bytes that secrets are encrypted with at rest. */
  SECRETS_KEY: Buffer;
  /** How people sign in by an OpenID provider; null where they do not. */
  openId: OpenIdSettings | null;
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

const validate = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: true, verbose: true }).compile<
  Static<typeof Environment>
>(Environment);

/**
 * Reads the configuration from environment variables; empty ones count as absent.
 * @throws ConfigError that names every variable that is wrong, not just the first, and what it may be.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given: Record<string, string | number> = {};
  const problems: string[] = [];
  for (const name of VARIABLES) {
    const text = env[name];
    if (!text) continue;
    // What a lenient reader would take for a number (1e3, 0x10, " 5") is a mistake.
    const digits = PLAIN_DIGITS[typeOf(name)];
    if (!digits || digits.pattern.test(text)) given[name] = text;
    else problems.push(`${name} must be ${digits.name} in plain digits, not "${text}"`);
  }
  const window = env['MANUAL_RETRY_WINDOW'];
  if (window) {
    const ms = durationMs(window);
    if (ms === null) problems.push('MANUAL_RETRY_WINDOW must be a duration such as 7d, 12h, 30m or 90s');
    else given['MANUAL_RETRY_WINDOW_MS'] = ms;
  }
  // The setting of releases before, of which only 0 still says something: that nothing is disabled for failing.
  if (env['AUTO_DISABLE_AFTER'] === '0' && !env['AUTO_DISABLE_AFTER_HOURS']) given['AUTO_DISABLE_AFTER_HOURS'] = 0;
  const read: unknown = given;
  const isValid = validate(read);
  if (!isValid) problems.push(...(validate.errors ?? []).map(describe));
  problems.push(
    ...auditProblems(env),
    ...urlProblems(env),
    ...cidrProblems(env['ALLOWED_TARGET_CIDRS'] ?? ''),
    ...nameServerProblems(env),
    ...mailProblems(env),
    ...secretProblems(env),
    ...openIdProblems(env),
  );
  if (!isValid || problems.length > 0) throw new ConfigError(problems);
  const ADMIN_API_KEY = read.ADMIN_API_KEY ?? DEVELOPMENT_API_KEY;
  return {
    ...read,
    production: read.NODE_ENV === 'production',
    HOST: read.HOST ?? (ADMIN_API_KEY === DEVELOPMENT_API_KEY ? '127.0.0.1' : '0.0.0.0'),
    PUBLIC_URL: (read.PUBLIC_URL ?? `http://localhost:${read.PORT}`).replace(/\/+$/, ''),
    knowsPublicUrl: read.PUBLIC_URL !== undefined,
    ALLOWED_TARGET_CIDRS: listOf(read.ALLOWED_TARGET_CIDRS),
    ALERT_EMAILS: listOf(read.ALERT_EMAILS),
    NAME_SERVERS: read.NAME_SERVERS ? listOf(read.NAME_SERVERS) : undefined,
    ADMIN_API_KEY,
    SECRETS_KEY: read.SECRETS_KEY ? Buffer.from(read.SECRETS_KEY, 'base64') : DEVELOPMENT_SECRETS_KEY,
    openId: readOpenIdSettings(env),
  };
}

/** How numbers are written. */
const PLAIN_DIGITS: Record<string, { pattern: RegExp; name: string } | undefined> = {
  integer: { pattern: /^\d+$/, name: 'a whole number' },
  number: { pattern: /^\d+(\.\d+)?$/, name: 'a number' },
};

function typeOf(name: Variable): string {
  const { type } = Environment.properties[name] as { type?: string };
  return type ?? '';
}

/** One problem in words that say what the variable may be. */
function describe({ instancePath, keyword, params, message, parentSchema, data }: ErrorObject): string {
  const name = instancePath.slice(1) || String(params['missingProperty'] ?? '');
  const { description } = (parentSchema ?? {}) as { description?: string };
  const given = typeof data === 'string' && !SECRET_VARIABLES.test(name) ? `, not "${data}"` : '';
  switch (keyword) {
    case 'required':
      return `${name} is required`;
    case 'enum':
      return `${name} must be one of ${(params['allowedValues'] as string[]).join(', ')}${given}`;
    case 'type':
      return `${name} must be true or false${given}`;
    case 'pattern':
      return `${name} must be ${description ?? 'something else'}`;
    default:
      return `${name} ${message ?? 'is not valid'}`;
  }
}

/** What may hold a password is not repeated. */
const SECRET_VARIABLES = /KEY|URL/;

/** The database keeps the last days of the trail from everybody (store/functions/remove_old_audit.sql). */
const AUDIT_DAYS_AT_LEAST = 30;

function auditProblems({ AUDIT_RETENTION_DAYS }: NodeJS.ProcessEnv): string[] {
  const days = Number(AUDIT_RETENTION_DAYS || 0);
  if (!(days > 0 && days < AUDIT_DAYS_AT_LEAST)) return [];
  return [`AUDIT_RETENTION_DAYS must be 0, for ever, or at least ${AUDIT_DAYS_AT_LEAST}`];
}

/** Name servers are judged by the resolver that will ask them. */
function nameServerProblems({ NAME_SERVERS }: NodeJS.ProcessEnv): string[] {
  return listOf(NAME_SERVERS ?? '').flatMap((server) => {
    try {
      new Resolver().setServers([server]);
      return [];
    } catch {
      return [
        `NAME_SERVERS must be addresses such as 10.0.0.53 or [fd00::53]:5353, with commas between them, not "${server}"`,
      ];
    }
  });
}

/** Addresses that begin well and cannot be read all the same. */
function urlProblems(env: NodeJS.ProcessEnv): string[] {
  const names = ['DATABASE_URL', 'DATABASE_LISTEN_URL', 'EGRESS_PROXY_URL', 'PUBLIC_URL', 'TEMPORAL_UI_URL'] as const;
  return names.flatMap((name) => {
    const text = env[name];
    if (!text || !/^(postgres(ql)?|https?):/.test(text) || URL.canParse(text)) return [];
    return [`${name} cannot be read as a URL; write / # ? @ : and % in a password as %2F %23 %3F %40 %3A and %25`];
  });
}

function mailProblems({ SMTP_URL, ALERT_EMAILS }: NodeJS.ProcessEnv): string[] {
  const wrong = listOf(ALERT_EMAILS ?? '').filter((address) => !/^[^\s@]+@[^\s@]+$/.test(address));
  const problems = wrong.map(
    (address) => `ALERT_EMAILS must be mail addresses with commas between them, not "${address}"`,
  );
  if (SMTP_URL && !URL.canParse(SMTP_URL)) problems.push('SMTP_URL cannot be read as a URL');
  return problems;
}

function cidrProblems(text: string): string[] {
  return listOf(text).flatMap((cidr) =>
    ipaddr.isValidCIDR(cidr)
      ? []
      : [`ALLOWED_TARGET_CIDRS must be CIDRs such as 10.0.0.0/8 or fd00::/8, with commas between them, not "${cidr}"`],
  );
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

/** What a development relay without a key of its own seals with; everybody can read it here. */
const DEVELOPMENT_SECRETS_KEY = Buffer.alloc(32, 'relay-development');
/** What examples, ours among them, have in the place of a secret. */
const PLACEHOLDER = /replace|change-?me|example|your-|password|placeholder|test-api-key/i;

function secretProblems(env: NodeJS.ProcessEnv): string[] {
  if (env['NODE_ENV'] !== 'production') return [];
  const { ADMIN_API_KEY, SECRETS_KEY } = env;
  const problems: string[] = [];
  if (!ADMIN_API_KEY) problems.push('ADMIN_API_KEY must be set in production (16 characters or more)');
  else if (ADMIN_API_KEY === DEVELOPMENT_API_KEY) problems.push('ADMIN_API_KEY must not be the development key');
  else if (PLACEHOLDER.test(ADMIN_API_KEY)) {
    problems.push('ADMIN_API_KEY must not be a placeholder; make it random ("openssl rand -hex 24")');
  } else if (isMonotonous(ADMIN_API_KEY)) {
    problems.push('ADMIN_API_KEY must not repeat so few characters; make it random');
  }
  if (!SECRETS_KEY) problems.push('SECRETS_KEY must be set in production: the base64 of 32 random bytes');
  else if (Buffer.from(SECRETS_KEY, 'base64').equals(DEVELOPMENT_SECRETS_KEY)) {
    problems.push('SECRETS_KEY must not be the development key; make it random ("openssl rand -base64 32")');
  } else if (isMonotonous(Buffer.from(SECRETS_KEY, 'base64'))) {
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
function durationMs(text: string): number | null {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const factor = unit && UNITS_MS[unit];
  return amount && factor ? Number(amount) * factor : null;
}
