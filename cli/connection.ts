import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEVELOPMENT_API_KEY } from '../ops/developmentKey.ts';
import { createRelayClient, type RelayClient } from '../client/index.ts';
import { CommandFailed, messageOf } from './failure.ts';
import { findInstance } from './foundInstance.ts';

/** A call that takes longer than this has failed. */
const CALL_TIMEOUT_MS = 30_000;

export interface ConnectionOptions {
  url: string;
  apiKey?: string;
}

/** The relay of this checkout; looked for once. */
let found: ReturnType<typeof findInstance> | undefined;

/**
 * Gives a command the options that say where Relay is and with which key.
 * @param defaultUrl where it is when nobody says so.
 */
export function withConnection(command: Command, defaultUrl = urlOfApi(process.env)): Command {
  return command
    .addOption(
      new Option('--url <url>', 'where Relay is; else RELAY_URL, else the one of this checkout')
        .argParser(parseUrl)
        .default(defaultUrl),
    )
    .option('--api-key <key>', 'else RELAY_API_KEY or ADMIN_API_KEY; outside production the development key');
}

/** Where the API is: RELAY_URL, else this machine's PORT, else what runs with the data of this checkout. */
export function urlOfApi(env: NodeJS.ProcessEnv): string {
  const { RELAY_URL, PORT } = env;
  if (RELAY_URL) return RELAY_URL;
  if (PORT) return `http://localhost:${PORT}`;
  found ??= findInstance(env);
  return found?.url ?? 'http://localhost:5000';
}

/** Whether the caller has named the Relay that a command acts on, and it was not looked for. */
function isTargetNamed(command: Command, env: NodeJS.ProcessEnv = process.env): boolean {
  return command.getOptionValueSource('url') === 'cli' || !!env['RELAY_URL'];
}

/** @throws CommanderError for a change of many things at once that nobody is asked about, at a Relay that nobody named. */
export function requireNamedTarget(command: Command, { url }: ConnectionOptions): void {
  if (isTargetNamed(command)) return;
  command.error(`error: --yes wants to be told which Relay: --url ${url} or RELAY_URL`, { exitCode: 2 });
}

/** The key to call with: the option's, the environment's, else the development key, which production refuses. */
export function apiKeyOf({ apiKey }: ConnectionOptions, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const given = apiKey || env['RELAY_API_KEY'] || env['ADMIN_API_KEY'];
  return given || (env['NODE_ENV'] === 'production' ? undefined : DEVELOPMENT_API_KEY);
}

/** Whose key a command calls with, for a person. */
function describeKey({ apiKey }: ConnectionOptions, env: NodeJS.ProcessEnv = process.env): string {
  if (apiKey) return 'the key of --api-key';
  const variable = ['RELAY_API_KEY', 'ADMIN_API_KEY'].find((name) => env[name]);
  if (variable) return `the key of ${variable}`;
  return env['NODE_ENV'] === 'production' ? 'no key' : 'the development key';
}

/** As {@link connect}, for what changes something: says on stderr at which Relay, and with whose key, unless a program reads. */
export function connectToChange(
  options: ConnectionOptions & { json?: boolean },
  fetch = fetchFrom(options.url),
): RelayClient {
  if (!options.json) console.error(`At ${options.url}, with ${describeKey(options)}:`);
  return connect(options, fetch);
}

/** A client whose calls end in time. `fetch` stands in for {@link fetchFrom}. */
export function connect(options: ConnectionOptions, fetch = fetchFrom(options.url)): RelayClient {
  const apiKey = apiKeyOf(options);
  return createRelayClient({
    baseUrl: options.url,
    ...(apiKey !== undefined && { apiKey }),
    fetch,
    retries: 0,
    timeoutMs: 0,
  });
}

/** `fetch` that ends in time, unless it is given a signal, and says where Relay was looked for when nobody answers. */
export function fetchFrom(url: string): typeof globalThis.fetch {
  return async (input, init) => {
    try {
      return await fetch(input, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS), ...init });
    } catch (error) {
      if (init?.signal?.aborted) throw error;
      const reason = messageOf(error instanceof TypeError && error.cause ? error.cause : error);
      throw new CommandFailed(
        `Relay cannot be reached at ${url}: ${reason}`,
        'Is it running (relay start)? Else say where it is with --url or RELAY_URL.',
      );
    }
  };
}

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('It must be an http or https URL.');
  }
  return text;
}
