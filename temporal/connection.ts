import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';

export interface TemporalConnection {
  connection: NativeConnection;
  namespace: string;
}

export interface TemporalPlace {
  options: NativeConnectionOptions;
  namespace: string;
}

/**
 * Where Temporal is, as the standard `TEMPORAL_*` variables say (address, namespace, API key, TLS; also a profile).
 * @throws when they, or the file that they name, cannot be used.
 */
export function readTemporalPlace(env: NodeJS.ProcessEnv): TemporalPlace {
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: definedOnly(env) });
  return { options: connectionOptions, namespace: namespace ?? 'default' };
}

/** Connects to Temporal, by a native connection, since client and worker must share one for eager starts. */
export async function connectTemporal({ options, namespace }: TemporalPlace): Promise<TemporalConnection> {
  return { connection: await NativeConnection.connect(options), namespace };
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
