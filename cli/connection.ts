import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEVELOPMENT_API_KEY } from '../ops/developmentKey.ts';
import { createRelayClient, type RelayClient } from '../client/index.ts';
import { CommandFailed, messageOf } from './failure.ts';

/** A call that takes longer than this has failed. */
const CALL_TIMEOUT_MS = 30_000;

export interface ConnectionOptions {
  url: string;
  apiKey?: string;
}

/**
 * Gives a command the options that say where Relay is and with which key.
 * @param defaultUrl where it is when nobody says so.
 */
export function withConnection(command: Command, defaultUrl = urlOfApi(process.env)): Command {
  return command
    .addOption(new Option('--url <url>', 'where Relay is; else RELAY_URL').argParser(parseUrl).default(defaultUrl))
    .option('--api-key <key>', 'else RELAY_API_KEY or ADMIN_API_KEY; outside production the development key');
}

/** Where the API is: RELAY_URL, else this machine's PORT. */
export function urlOfApi({ RELAY_URL, PORT }: NodeJS.ProcessEnv): string {
  return RELAY_URL || `http://localhost:${PORT || 5000}`;
}

/** The key to call with: the option's, the environment's, else the development key, which production refuses. */
export function apiKeyOf({ apiKey }: ConnectionOptions, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const given = apiKey || env['RELAY_API_KEY'] || env['ADMIN_API_KEY'];
  return given || (env['NODE_ENV'] === 'production' ? undefined : DEVELOPMENT_API_KEY);
}

/** A client whose calls end in time. `fetch` stands in for {@link fetchFrom}. */
export function connect(options: ConnectionOptions, fetch = fetchFrom(options.url)): RelayClient {
  const apiKey = apiKeyOf(options);
  return createRelayClient({ baseUrl: options.url, ...(apiKey !== undefined && { apiKey }), fetch });
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
