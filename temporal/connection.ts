import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';

export interface TemporalConnection {
  connection: NativeConnection;
  namespace: string;
}

/**
 * Connects to Temporal as the standard `TEMPORAL_*` variables say (address, namespace, API key, TLS; also a profile).
 * A native connection, since client and worker must share one for eager starts.
 */
export async function connectTemporal(env: NodeJS.ProcessEnv): Promise<TemporalConnection> {
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: definedOnly(env) });
  return { connection: await NativeConnection.connect(connectionOptions), namespace: namespace ?? 'default' };
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
