import { LOOPBACK } from '../ops/freePorts.ts';

/** What the server's configuration depends on. */
export interface ServerConfigOptions {
  /** A PostgreSQL server: `postgres://user:password@host:port/…`; with `?host=/directory` it is reached through its socket. */
  postgresUrl: string;
  frontendPort: number;
  /** Seven free ports for what the server's parts say to each other. */
  innerPorts: number[];
  /** Fixed for the life of the database. */
  historyShards: number;
  dynamicConfigFile: string;
}

/** How many ports {@link serverConfig} takes for the server's inner traffic. */
export const INNER_PORTS = 7;

/** The databases of Temporal: what workflows do, and the index the Web UI and our lists search in. */
export const DATABASES = { main: 'temporal', visibility: 'temporal_visibility' } as const;

/** The server's configuration, as YAML (JSON is YAML). */
export function serverConfig(options: ServerConfigOptions): string {
  const [frontendGossip, history, historyGossip, matching, matchingGossip, worker, workerGossip] = options.innerPorts;
  const service = (grpcPort: number | undefined, membershipPort: number | undefined) => ({
    rpc: { grpcPort, membershipPort, bindOnIP: LOOPBACK },
  });
  return yaml({
    log: { stdout: true, level: 'error' },
    persistence: {
      numHistoryShards: options.historyShards,
      defaultStore: 'main',
      visibilityStore: 'visibility',
      datastores: {
        main: { sql: store(options.postgresUrl, DATABASES.main, 20) },
        visibility: { sql: store(options.postgresUrl, DATABASES.visibility, 10) },
      },
    },
    global: {
      membership: { maxJoinDuration: '30s', broadcastAddress: LOOPBACK },
      pprof: { port: 0 },
    },
    services: {
      frontend: service(options.frontendPort, frontendGossip),
      history: service(history, historyGossip),
      matching: service(matching, matchingGossip),
      worker: service(worker, workerGossip),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `${LOOPBACK}:${options.frontendPort}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: { filepath: options.dynamicConfigFile, pollInterval: '60s' },
  });
}

/** Settings measured to suit one machine with few shards. */
export function dynamicConfig(): string {
  const settings: Record<string, boolean | number | string> = {
    'system.enableEagerWorkflowStart': true,
    // One machine has no one to share the partitions with; each costs polls and writes of its own.
    'matching.numTaskqueueReadPartitions': 1,
    'matching.numTaskqueueWritePartitions': 1,
    // A shard writes one thing at a time by default, which with few shards is what bounds the throughput.
    'history.shardIOConcurrency': 8,
    // At the default 30 s the queues grow long, and looking through them takes a fifth of the server's time.
    'history.transferProcessorUpdateAckInterval': '4s',
    'history.timerProcessorUpdateAckInterval': '4s',
    'history.visibilityProcessorUpdateAckInterval': '4s',
    // A workflow that has ended before its start is looked at is written to the visibility table once instead of twice.
    // Lists by Temporal's visibility are this much later; twenty looks a second is the default, and fewer come in bursts.
    'history.visibilityProcessorMaxPollRPS': 5,
    'history.visibilityTaskBatchSize': 1000,
    // The defaults are for machines with many gigabytes.
    'history.hostLevelCacheMaxSize': 10_000,
    'history.eventsHostLevelCacheMaxSizeBytes': 16 * 1024 * 1024,
    'history.eventsCacheTTL': '1m',
    // Limits that protect tenants of a shared server from each other; this one has a single tenant.
    'frontend.rps': 20_000,
    'frontend.namespaceRPS': 20_000,
    'frontend.namespaceRPS.visibility': 500,
    'frontend.persistenceMaxQPS': 20_000,
    'matching.rps': 20_000,
    'matching.persistenceMaxQPS': 20_000,
    'history.rps': 20_000,
    'history.persistenceMaxQPS': 50_000,
  };
  return yaml(Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, [{ value }]])));
}

function store(postgresUrl: string, databaseName: string, connections: number) {
  const url = new URL(postgresUrl);
  const socketDirectory = url.searchParams.get('host');
  return {
    pluginName: 'postgres12_pgx',
    databaseName,
    connectAddr: url.host,
    connectProtocol: 'tcp',
    // Goes before the host of connectAddr, from which the port is taken.
    ...(socketDirectory && { connectAttributes: { host: socketDirectory } }),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    maxConns: connections,
    // Fewer idle ones than connections means opening a new one again and again under load.
    maxIdleConns: connections,
    maxConnLifetime: '1h',
  };
}

function yaml(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
