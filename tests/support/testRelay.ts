import { afterAll, inject } from 'vitest';
import { readConfig } from '../../ops/config.ts';
import { createLogger } from '../../ops/logger.ts';
import { startRelay, type Relay } from '../../process/relay.ts';
import { installTemporalRuntime } from '../../process/runtime.ts';
import { createApiClient, type ApiClient } from './apiClient.ts';
import { createDatabase } from './database.ts';
import { relayEnvironment } from './environment.ts';

export interface TestRelay {
  api: ApiClient;
  url: string;
  env: NodeJS.ProcessEnv;
  stop: Relay['stop'];
}

let runtime: Promise<void> | undefined;

/** A whole relay within the test's process, on a database of its own; stopped after the file's last test. */
export async function startTestRelay(overrides: NodeJS.ProcessEnv = {}): Promise<TestRelay> {
  const env = relayEnvironment(
    {
      databaseUrl: overrides['DATABASE_URL'] ?? (await createDatabase(inject('postgresUrl'))),
      temporalAddress: inject('temporalAddress'),
    },
    overrides,
  );
  const config = readConfig(env);
  const logger = createLogger(config.LOG_LEVEL);
  await (runtime ??= installTemporalRuntime(logger));
  const relay = await startRelay(config, logger, env);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= relay.stop());
  afterAll(stop);
  const url = relay.url ?? '';
  return { api: createApiClient(url), url, env, stop };
}
